/** What was asked of the emulated API, as it happens: newest first, each with its answer and whose answer that was. */
import {
  API,
  ask,
  type BatchReply,
  type Clients,
  type JournalEnd,
  type JournalEntry,
  type JournalRequest,
  pathOf,
  Refused,
} from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Code, indentedXml, shellWord } from '../parts/code.tsx';
import { Empty, Problem } from '../parts/empty.tsx';
import { Personal, visible } from '../parts/personal.tsx';
import { RuleChip } from '../parts/rule-chip.tsx';
import { exactly, Time } from '../parts/time.tsx';
import { href, type Route, setQuery } from '../route.ts';

const ENTRIES_SHOWN = 200;
const OPERATIONS = ['submit', 'status', 'update', 'fetch'];
const CAUSES = [
  ['rule', 'the API would say this'],
  ['fault', 'you asked for this fault'],
  ['bug', 'the emulator is broken'],
] as const;

export function TrafficPage({ route }: { readonly route: Route }) {
  const [client, operation] = [route.query.get('client') ?? '', route.query.get('operation') ?? ''];
  const cause = route.query.get('cause') ?? '';
  const chosen = Number(route.query.get('entry') ?? Number.NaN);
  const path = pathOf(['journal', 'latest'], { limit: ENTRIES_SHOWN, client, operation });
  const { value, error } = useAsked(path, (signal) => ask<JournalEnd>(path, signal), ['journal', 'state'], 500);
  const clients =
    useAsked('clients', (signal) => ask<Clients>('clients', signal), ['state', 'batches'], 1_000).value?.clients ?? [];
  const entries = value?.entries.toReversed().filter((entry) => cause === '' || causeOf(entry) === cause);
  const entry = value?.entries.find(({ sequence }) => sequence === chosen);
  return (
    <>
      <div class="section-head">
        <h1>Traffic</h1>
        <div class="filters">
          <select
            aria-label="Client code"
            value={client}
            onChange={(event) => setQuery(route, { client: event.currentTarget.value })}
          >
            <option value="">every client code</option>
            {[...new Set([...clients.map((each) => each.client), ...(client === '' ? [] : [client])])].map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
          <select
            aria-label="Operation"
            value={operation}
            onChange={(event) => setQuery(route, { operation: event.currentTarget.value })}
          >
            <option value="">every operation</option>
            {OPERATIONS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
          <select
            aria-label="Cause"
            value={cause}
            onChange={(event) => setQuery(route, { cause: event.currentTarget.value })}
          >
            <option value="">whatever the cause</option>
            {CAUSES.map(([name, meaning]) => (
              <option key={name} value={name}>
                {meaning}
              </option>
            ))}
          </select>
        </div>
      </div>
      {error !== undefined &&
        (error instanceof Refused && error.code === 'journal-off' ? <JournalOff /> : <Problem error={error} />)}
      {entries?.length === 0 && (
        <Empty title="Nothing was asked yet" commands={[`curl '${API}/m2/demo/profile/batchStatus?batchId=1'`]}>
          Each request to the emulated API stands here as soon as it is answered
          {client === '' && operation === '' && cause === '' ? '' : ', if it fits the filter'}.
        </Empty>
      )}
      {entries !== undefined && entries.length > 0 && (
        <div class={entry === undefined ? 'list-and-panel' : 'list-and-panel with-panel'}>
          <div class="table">
            <table class="traffic">
              <thead>
                <tr>
                  <th>Time</th>
                  <th class="number">Status</th>
                  <th>Request</th>
                  <th>Whose answer</th>
                  <th class="number">Bytes</th>
                </tr>
              </thead>
              <tbody>
                {entries.map((each) => (
                  <tr key={each.sequence} aria-current={each.sequence === chosen ? 'true' : undefined}>
                    <td>
                      <Time at={each.at} />
                    </td>
                    <td class="number">
                      {each.kind === 'fault' ? (
                        ''
                      ) : (
                        <span class={`status status-${Math.floor((each.status ?? 0) / 100)}xx`}>
                          {each.status ?? 'cut'}
                        </span>
                      )}
                    </td>
                    <td class="cut">
                      <a href={href(route.path, { ...Object.fromEntries(route.query), entry: each.sequence })}>
                        {each.kind === 'fault' ? (
                          <>fault {each.fault} fired</>
                        ) : (
                          <>
                            <b>{each.method}</b> <bdi>{visible(decodedPath(each.path))}</bdi>
                          </>
                        )}
                      </a>
                    </td>
                    <td>
                      <Cause entry={each} />
                    </td>
                    <td class="number quiet">{each.kind === 'request' ? each.requestBytes.toLocaleString() : ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {entry !== undefined && (
            <EntryPanel
              key={entry.sequence}
              entry={entry}
              close={href(route.path, { ...Object.fromEntries(route.query), entry: undefined })}
            />
          )}
        </div>
      )}
    </>
  );
}

function JournalOff() {
  return (
    <Empty title="No journal is kept" commands={['tpe serve --journal on']}>
      The emulator was started with journal off.
    </Empty>
  );
}

function causeOf(entry: JournalEntry): string {
  if (entry.kind === 'fault') return 'fault';
  const [kind = ''] = (entry.cause ?? '').split('/');
  return kind === '' ? 'rule' : kind;
}

/** The three things that a reader must always be able to tell apart. */
function Cause({ entry }: { readonly entry: JournalEntry }) {
  const kind = causeOf(entry);
  const meaning = CAUSES.find(([name]) => name === kind)?.[1] ?? kind;
  const [, detail] = entry.kind === 'fault' ? ['', entry.fault] : (entry.cause ?? '').split('/');
  return (
    <span class="cause">
      <span class={`pill cause-${kind}`}>{meaning}</span>{' '}
      {kind === 'rule' && detail !== undefined ? <RuleChip id={detail} /> : <span class="quiet">{detail}</span>}
    </span>
  );
}

function EntryPanel({ entry, close }: { readonly entry: JournalEntry; readonly close: string }) {
  return (
    <article class="panel" aria-label={`Entry ${entry.sequence}`}>
      <header>
        <h2>Entry {entry.sequence}</h2>
        <a href={close} class="quiet-button" aria-label="Close the entry">
          Close
        </a>
      </header>
      <p>
        <Cause entry={entry} />
      </p>
      <dl class="pairs">
        {Object.entries(entry).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {name === 'at' || name === 'endedAt' ? (
                exactly(String(value))
              ) : (
                <Personal text={Array.isArray(value) ? value.join(', ') : String(value)} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      {entry.batchId !== undefined && (
        <p>
          <a href={href(['batches', entry.batchId])}>The batch</a>
        </p>
      )}
      {entry.kind === 'request' && entry.operation === 'submit' && entry.batchId !== undefined && (
        <SubmitReply batchId={entry.batchId} />
      )}
      {entry.kind === 'request' && <AsCurl entry={entry} />}
    </article>
  );
}

function SubmitReply({ batchId }: { readonly batchId: string }) {
  const path = pathOf(['batches', batchId, 'reply']);
  const { value } = useAsked(path, (signal) => ask<BatchReply>(path, signal));
  if (value === undefined) return null;
  return (
    <>
      <h3>Its answer</h3>
      <Code text={indentedXml(value.submitted)} />
    </>
  );
}

function AsCurl({ entry: { method, path, query, requestBytes, content } }: { readonly entry: JournalRequest }) {
  const body = requestBytes > 0 ? ' --data-binary @BODY' : '';
  const line = `curl${method === 'GET' || body !== '' ? '' : ` -X ${method}`}${body} ${shellWord(`${API}${path}${query}`)}`;
  return (
    <>
      <h3>As curl</h3>
      <Code text={line} label="Copy as curl" />
      {requestBytes > 0 && (
        <p class="quiet">
          The journal keeps no bodies and no headers. Missing here: the {requestBytes.toLocaleString()} bytes of BODY
          {content !== undefined && `, whose first 65,536 have the sha-256 ${content.slice(0, 12)}…`}.
        </p>
      )}
      {query.includes('***') && <p class="quiet">*** stands for what looked like a secret.</p>}
    </>
  );
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
