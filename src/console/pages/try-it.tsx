/** A form that writes a batch: the exact bytes and the curl line as one types, and the answer when it is sent. */
import { useState } from 'preact/hooks';
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import { decoded } from '../address.ts';
import { API } from '../control-api.ts';
import { ruleOf } from '../parts/cause.tsx';
import { Code, indentedXml, shellText, shellWord } from '../parts/code.tsx';
import { RuleChip } from '../parts/rule-chip.tsx';
import { href, type Route, setQuery } from '../route.ts';

const START = 'id,loyaltyTier,city\nC-1,gold,Reykjavík\nC-2,silver,';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cause: string | undefined;
}

export function TryPage({ route }: { readonly route: Route }) {
  const client = route.query.get('client') ?? 'demo';
  const api = route.query.get('api') === 'v1' ? 'v1' : 'v2';
  const idKind = route.query.get('id') === 'pcId' ? 'pcId' : 'thirdPartyId';
  const isRaw = route.query.get('raw') !== null;
  const [table, setTable] = useState(START);
  const [raw, setRaw] = useState<string | undefined>(undefined);
  const [answer, setAnswer] = useState<Answer | Error | undefined>(undefined);
  const written = batchOf(table, idKind);
  const body = isRaw ? (raw ?? written) : written;
  const url = `${API}/m2/${encodeURIComponent(client)}${api === 'v1' ? '' : '/v2'}/profile/batchUpdate`;
  const send = async () => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      const cause = response.headers.get('x-emulator-cause') ?? undefined;
      setAnswer({ status: response.status, text: await response.text(), cause });
    } catch (error) {
      setAnswer(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return (
    <>
      <h1>Try it</h1>
      <div class="columns even">
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <div class="fields">
            <label>
              Client code
              <input
                value={client}
                required
                onInput={(event) => setQuery(route, { client: event.currentTarget.value })}
              />
            </label>
            <label>
              API
              <select value={api} onChange={(event) => setQuery(route, { api: event.currentTarget.value })}>
                <option>v2</option>
                <option>v1</option>
              </select>
            </label>
            <label>
              Ids are
              <select value={idKind} onChange={(event) => setQuery(route, { id: event.currentTarget.value })}>
                <option>thirdPartyId</option>
                <option>pcId</option>
              </select>
            </label>
          </div>
          {isRaw ? (
            <label>
              The body, byte for byte
              <textarea
                rows={9}
                spellcheck={false}
                value={body}
                onInput={(event) => setRaw(event.currentTarget.value)}
              />
            </label>
          ) : (
            <label>
              A table: the first line names the columns, the first column is the id
              <textarea
                rows={9}
                spellcheck={false}
                value={table}
                onInput={(event) => setTable(event.currentTarget.value)}
              />
            </label>
          )}
          <div class="buttons">
            <button type="submit" class="primary">
              Send it
            </button>
            <button type="button" onClick={() => setQuery(route, { raw: isRaw ? undefined : 1 })}>
              {isRaw ? 'Back to the table' : 'Edit the bytes myself'}
            </button>
          </div>
        </form>
        <div>
          <h2>
            The exact bytes <small>{new TextEncoder().encode(body).byteLength.toLocaleString()}</small>
          </h2>
          <Code text={body} />
          <h2>The same from a shell</h2>
          <Code text={`printf %s ${shellText(body)} | curl --data-binary @- ${shellWord(url)}`} />
        </div>
      </div>
      {answer !== undefined && <Answered answer={answer} />}
    </>
  );
}

function Answered({ answer }: { readonly answer: Answer | Error }) {
  if (answer instanceof Error) {
    return (
      <p class="problem" role="alert">
        No answer: {answer.message}
      </p>
    );
  }
  const { status, text, cause } = answer;
  const batchId = /[?&](?:amp;)?batchId=([^<&]+)/.exec(text)?.[1];
  const rule = ruleOf(cause);
  return (
    <section aria-labelledby="answer" aria-live="polite">
      <h2 id="answer">
        The answer <small>HTTP {status}</small> {rule !== undefined && <RuleChip id={rule} />}
        {cause !== undefined && rule === undefined && <span class="pill cause-fault">{cause}</span>}
      </h2>
      <Code text={indentedXml(text)} />
      {batchId !== undefined && (
        <p>
          <a class="button primary" href={href(['batches', decoded(batchId)])}>
            See what became of each row
          </a>
        </p>
      )}
    </section>
  );
}

function batchOf(table: string, idKind: 'pcId' | 'thirdPartyId'): string {
  const [head = [], ...rows] = table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()));
  const lines = rows.map(([id = '', ...values]) => writeDataRow(id, values));
  return [writeHeaderRow(idKind, head.slice(1)), ...lines].join('\n');
}
