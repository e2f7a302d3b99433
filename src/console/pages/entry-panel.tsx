/** One entry of the journal: what was asked, how it was answered and whose answer that was, and the same as curl. */
import { pathOf } from '../address.ts';
import {
  API,
  ask,
  type BatchBody,
  type BatchReply,
  type JournalEntry,
  type JournalRequest,
  type Rule,
} from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Cause, causeOf, ruleOf } from '../parts/cause.tsx';
import { Code, indentedXml, shellText, shellWord } from '../parts/code.tsx';
import { Personal } from '../parts/personal.tsx';
import { Sentence } from '../parts/rule-chip.tsx';
import { Source } from '../parts/source.tsx';
import { exactly } from '../parts/time.tsx';
import { href } from '../route.ts';

export function EntryPanel({ entry, close }: { readonly entry: JournalEntry; readonly close: string }) {
  return (
    <article class="panel" aria-label={`Entry ${entry.sequence}`}>
      <header>
        <h2>{titleOf(entry)}</h2>
        <a href={close} class="quiet-button" aria-label="Close the entry">
          Close
        </a>
      </header>
      <p>
        <Cause entry={entry} />
      </p>
      {entry.kind === 'request' && (
        <p class="request-line">
          <Personal text={`${entry.path}${entry.query}`} />
        </p>
      )}
      <dl class="pairs">
        {factsOf(entry).map(([name, fact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      {entry.kind === 'request' && <Answer entry={entry} />}
      {isFile(entry) && entry.client !== undefined && (
        <p>
          <a href={href(['c', entry.client, 'sources'])}>Its source, with what became of each file</a>
        </p>
      )}
      {entry.kind === 'request' && !isFile(entry) && <AsCurl entry={entry} />}
    </article>
  );
}

/** A file of customer attributes stands in the journal like a request, and has no status. */
const isFile = (entry: JournalEntry) => entry.kind === 'request' && entry.method === 'FILE';

function titleOf(entry: JournalEntry): string {
  if (entry.kind === 'fault') return 'A fault fired';
  if (isFile(entry)) return entry.cause === undefined ? 'A file, processed' : 'A file, failed';
  return `${entry.method} ${statusText(entry)}`;
}

const statusText = ({ status }: JournalRequest) => (status === undefined ? 'cut before an answer' : String(status));

function factsOf(entry: JournalEntry) {
  const { at, client, operation, batchId, content } = entry;
  const own =
    entry.kind === 'fault'
      ? [['Fault', entry.fault] as const]
      : [
          ['Took', `${Date.parse(entry.endedAt) - Date.parse(at)} ms of the emulator’s clock`] as const,
          ['Asked with', `${entry.requestBytes.toLocaleString()} bytes`] as const,
          [
            'Answered with',
            entry.replyBytes === undefined ? '' : `${entry.replyBytes.toLocaleString()} bytes`,
          ] as const,
          ['Faults met', entry.faults.join(', ')] as const,
        ];
  const facts = [
    ['At', <time dateTime={at}>{exactly(at)}</time>] as const,
    ['Client code', client === undefined ? '' : <a href={href(['c', client])}>{client}</a>] as const,
    ['Operation', operation ?? ''] as const,
    ['Batch', batchId === undefined ? '' : <a href={href(['batches', batchId])}>{batchId}</a>] as const,
    ...own,
    ['sha-256 of the body', content === undefined ? '' : <code title={content}>{content.slice(0, 12)}…</code>] as const,
  ];
  return facts.filter(([, fact]) => fact !== '');
}

/** The journal keeps no replies: one that can be made again is, and of others stands here what they came from. */
function Answer({ entry }: { readonly entry: JournalRequest }) {
  const { operation, batchId, cause } = entry;
  if (causeOf(entry) === 'rule' && batchId !== undefined && (operation === 'submit' || operation === 'status')) {
    return <BatchAnswer batchId={batchId} of={operation} />;
  }
  const rule = ruleOf(cause);
  return rule === undefined ? null : <RuleAnswer id={rule} />;
}

function BatchAnswer({ batchId, of }: { readonly batchId: string; readonly of: 'submit' | 'status' }) {
  const path = pathOf(['batches', batchId, 'reply']);
  const { value } = useAsked(path, (signal) => ask<BatchReply>(path, signal));
  if (value === undefined) return null;
  return (
    <>
      <h3>{of === 'submit' ? 'Its answer' : 'The answer now'}</h3>
      <Code text={indentedXml(of === 'submit' ? value.submitted : value.status)} />
    </>
  );
}

function RuleAnswer({ id }: { readonly id: string }) {
  const rules = useAsked('rules', (signal) => ask<{ readonly rules: readonly Rule[] }>('rules', signal)).value?.rules;
  const rule = rules?.find((each) => each.id === id);
  if (rule === undefined) return null;
  return (
    <>
      <h3>Its answer came from</h3>
      <p>
        <Sentence text={rule.statement} /> <Source text={rule.source} />
      </p>
    </>
  );
}

function AsCurl({ entry }: { readonly entry: JournalRequest }) {
  const { batchId, requestBytes, operation } = entry;
  return (
    <>
      <h3>As curl</h3>
      {requestBytes > 0 && batchId !== undefined && operation === 'submit' ? (
        <CurlOfBatch entry={entry} batchId={batchId} />
      ) : (
        <Curl entry={entry} body={undefined} />
      )}
    </>
  );
}

/** With the body while the batch keeps it. */
function CurlOfBatch({ entry, batchId }: { readonly entry: JournalRequest; readonly batchId: string }) {
  const path = pathOf(['batches', batchId, 'body']);
  const { value, error } = useAsked(path, (signal) => ask<BatchBody>(path, signal));
  if (value === undefined && error === undefined) return null;
  return <Curl entry={entry} body={value === undefined ? undefined : wholeText(value)} />;
}

/** Undefined where it is evicted, longer than what is told of it, or no text. */
function wholeText({ content, bodyBytes }: BatchBody): string | undefined {
  if (content === null) return undefined;
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  if (bytes.byteLength < bodyBytes) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function Curl({ entry, body }: { readonly entry: JournalRequest; readonly body: string | undefined }) {
  const { method, path, query, requestBytes } = entry;
  const url = shellWord(`${API}${path}${query}`);
  const verb = method === 'GET' || requestBytes > 0 ? '' : ` -X ${method}`;
  const line =
    requestBytes === 0
      ? `curl${verb} ${url}`
      : body === undefined
        ? `curl --data-binary @BODY ${url}`
        : `printf %s ${shellText(body)} | curl --data-binary @- ${url}`;
  return (
    <>
      <Code text={line} isPersonal={body !== undefined} />
      {requestBytes > 0 && body === undefined && (
        <p class="quiet">
          Missing here: the {requestBytes.toLocaleString()} bytes of BODY, which are kept no more, are not text or are
          too long to be typed.
        </p>
      )}
      {`${path}${query}`.includes('***') && (
        <p class="quiet">
          *** stands for a secret, a value or the id of a visitor. <code>--journal-values</code> keeps all but secrets.
        </p>
      )}
    </>
  );
}
