/** A client code: its profiles, found by id or looked through, its batches, and its switches. */
import { useState } from 'preact/hooks';
import { pathOf } from '../address.ts';
import { ask, type Batches, type Clients, type Profiles } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { BatchTable } from '../parts/batch-table.tsx';
import { Empty, firstBatch, Problem } from '../parts/empty.tsx';
import { Personal, visible } from '../parts/personal.tsx';
import { Time } from '../parts/time.tsx';
import { href } from '../route.ts';

const PROFILES_SHOWN = 50;
const BATCHES_SHOWN = 10;

export function ClientPage({ client }: { readonly client: string }) {
  const clients = useAsked('clients', (signal) => ask<Clients>('clients', signal), ['state', 'batches'], 1_000);
  const latest = pathOf(['batches'], { client, limit: BATCHES_SHOWN });
  const batches = useAsked(latest, (signal) => ask<Batches>(latest, signal), ['state', 'batches'], 500).value?.batches;
  if (clients.value === undefined) return clients.error === undefined ? null : <Problem error={clients.error} />;
  const isKnown = clients.value.clients.some((each) => each.client === client);
  return (
    <>
      <p class="crumbs">
        <a href={href([])}>client codes</a>
      </p>
      <h1>
        <bdi>{visible(client)}</bdi>
      </h1>
      {isKnown ? (
        <>
          <p class="facts">
            <a href={href(['c', client, 'switches'])}>Faults, pace, readings</a>
            <a href={href(['c', client, 'sources'])}>Customer attributes</a>
            <a href={href(['traffic'], { client })}>Traffic</a>
            <a href={href(['try'], { client })}>Send a batch</a>
          </p>
          <ProfileList client={client} />
          {batches !== undefined && batches.length > 0 && (
            <section aria-labelledby="latest">
              <h2 id="latest">Latest batches</h2>
              <BatchTable batches={batches} />
              <p>
                <a href={href(['batches'], { client })}>All its batches</a>
              </p>
            </section>
          )}
        </>
      ) : (
        <Empty title="Nobody uses this client code" commands={[firstBatch(client)]}>
          It was never used, or it was dropped. It is there again as soon as something is sent to it:
        </Empty>
      )}
    </>
  );
}

function ProfileList({ client }: { readonly client: string }) {
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const path = pathOf(['clients', client, 'profiles'], { limit: PROFILES_SHOWN, cursor: cursors.at(-1) });
  const { value, error } = useAsked(
    path,
    (signal) => ask<Profiles>(path, signal),
    ['state', 'batches', 'journal'],
    1_000,
  );
  return (
    <section aria-labelledby="profiles">
      <div class="section-head">
        <h2 id="profiles">Profiles</h2>
        <FindProfile client={client} />
      </div>
      {error !== undefined && <Problem error={error} />}
      {value?.profiles.length === 0 && cursors.length === 1 && value.next === null && (
        <p class="quiet none">
          No profile yet: v1 creates none, v2 creates them for a thirdPartyId, and a visit creates one.
        </p>
      )}
      {value !== undefined && value.profiles.length > 0 && (
        <div class="table">
          <table class="stacked">
            <thead>
              <tr>
                <th>Id</th>
                <th>Kind</th>
                <th class="number">Attributes</th>
                <th class="wide-cell">Some of them</th>
                <th>Written</th>
              </tr>
            </thead>
            <tbody>
              {value.profiles.map(({ pcId, thirdPartyId, attributes, modifiedAt }) => {
                const kind = thirdPartyId === undefined ? 'pcId' : 'thirdPartyId';
                const id = thirdPartyId ?? pcId ?? '';
                const names = Object.entries(attributes);
                return (
                  <tr key={`${kind} ${id}`}>
                    <td class="stack-head">
                      <a href={href(['c', client, 'profiles', kind, id])}>
                        <Personal text={id} />
                      </a>
                    </td>
                    <td data-label="Kind">{kind}</td>
                    <td class="number" data-label="Attributes">
                      {names.length}
                    </td>
                    <td class="wide-cell cut quiet" data-label="Some">
                      {names.slice(0, 3).map(([name, { value: text }]) => (
                        <span key={name} class="pair">
                          <bdi>{visible(name)}</bdi> = <Personal text={text.slice(0, 60)} />
                        </span>
                      ))}
                    </td>
                    <td data-label="Written">
                      <Time at={modifiedAt} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <div class="buttons">
        {cursors.length > 1 && (
          <button type="button" onClick={() => setCursors(cursors.slice(0, -1))}>
            Back
          </button>
        )}
        {value !== undefined && value.next !== null && (
          <button type="button" onClick={() => setCursors([...cursors, value.next ?? undefined])}>
            More
          </button>
        )}
      </div>
    </section>
  );
}

function FindProfile({ client }: { readonly client: string }) {
  const [kind, setKind] = useState('thirdPartyId');
  const [id, setId] = useState('');
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        if (id !== '') location.hash = href(['c', client, 'profiles', kind, id]);
      }}
    >
      <select aria-label="Kind of id" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
        <option>thirdPartyId</option>
        <option>pcId</option>
      </select>
      <input
        type="search"
        aria-label="Whole id"
        placeholder="Whole id"
        value={id}
        onInput={(event) => setId(event.currentTarget.value)}
      />
      <button type="submit">Show</button>
    </form>
  );
}
