/** What was asked of the emulated API, as it happens: newest first, each with its answer and whose answer that was. */
import { Fragment } from 'preact';
import { decoded, pathOf } from '../address.ts';
import { API, ask, type Clients, type JournalEnd, Refused } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Cause, CAUSES, causeOf } from '../parts/cause.tsx';
import { Empty, Problem } from '../parts/empty.tsx';
import { visible } from '../parts/personal.tsx';
import { Time } from '../parts/time.tsx';
import { href, type Route, setQuery } from '../route.ts';
import { EntryPanel } from './entry-panel.tsx';

const ENTRIES_SHOWN = 200;
const OPERATIONS = ['submit', 'status', 'update', 'fetch', 'delivery', 'mbox', 'token', 'attributes'];

export function TrafficPage({ route }: { readonly route: Route }) {
  const [client, operation] = [route.query.get('client') ?? '', route.query.get('operation') ?? ''];
  const cause = route.query.get('cause') ?? '';
  const chosen = Number(route.query.get('entry') ?? Number.NaN);
  const path = pathOf(['journal', 'latest'], { limit: ENTRIES_SHOWN, client, operation });
  const { value, error } = useAsked(path, (signal) => ask<JournalEnd>(path, signal), ['journal', 'state'], 500);
  const clients =
    useAsked('clients', (signal) => ask<Clients>('clients', signal), ['state', 'batches'], 1_000).value?.clients ?? [];
  const entries = value?.entries.toReversed().filter((entry) => cause === '' || causeOf(entry) === cause);
  const listed = value?.entries.find(({ sequence }) => sequence === chosen);
  // A link may lead to one that the list has left behind.
  const older = pathOf(['journal'], { cursor: Math.max(0, chosen - 1), limit: 1 });
  const isElsewhere = value !== undefined && listed === undefined && chosen > 0;
  const found = useAsked(isElsewhere ? older : '', (signal) =>
    isElsewhere ? ask<JournalEnd>(older, signal) : Promise.resolve({ entries: [] }),
  ).value?.entries[0];
  const entry = listed ?? (found?.sequence === chosen ? found : undefined);
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
            <table class="traffic stacked">
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
                    <td data-label="Time">
                      <Time at={each.at} withSeconds />
                    </td>
                    <td class="number" data-label="Status">
                      {each.kind === 'fault' || each.method === 'FILE' ? (
                        ''
                      ) : (
                        <span class={`status status-${Math.floor((each.status ?? 0) / 100)}xx`}>
                          {each.status ?? 'cut'}
                        </span>
                      )}
                    </td>
                    <td class="cut stack-head">
                      <a href={href(route.path, { ...Object.fromEntries(route.query), entry: each.sequence })}>
                        {each.kind === 'fault' ? (
                          <>fault {each.fault} fired</>
                        ) : (
                          <>
                            <b>{each.method}</b> <Path of={each.path} />
                          </>
                        )}
                      </a>
                    </td>
                    <td data-label="Whose answer">
                      <Cause entry={each} />
                    </td>
                    <td class="number quiet" data-label="Bytes">
                      {each.kind === 'request' ? each.requestBytes.toLocaleString() : ''}
                    </td>
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

/** A long one breaks between its segments. */
function Path({ of }: { readonly of: string }) {
  const [first = '', ...segments] = visible(decoded(of)).split('/');
  return (
    <bdi>
      {first}
      {segments.map((segment, index) => (
        <Fragment key={index}>
          /<wbr />
          {segment}
        </Fragment>
      ))}
    </bdi>
  );
}
