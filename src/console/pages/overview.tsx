/** Everything at a glance: what is being applied, client codes with what they own, the latest batches, the clock. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/settings.ts';
import { pathOf } from '../address.ts';
import { API, ask, type Batches, type Clients, type Health, type Sizes } from '../control-api.ts';
import { type BatchProgress, useAsked, useProgress } from '../live.ts';
import { Empty, firstBatch, Problem } from '../parts/empty.tsx';
import { BatchTable } from '../parts/batch-table.tsx';
import { ClockCard } from '../parts/clock-card.tsx';
import { Plot } from '../parts/plot.tsx';
import { paceText } from '../parts/pace.ts';
import { href } from '../route.ts';

const BATCHES_SHOWN = 10;
const DEFAULTS: Readonly<Record<string, unknown>> = { ...DEFAULT_SETTINGS };

export function OverviewPage() {
  const clients = useAsked(
    'clients',
    (signal) => ask<Clients>('clients', signal),
    ['state', 'batches', 'journal'],
    1_000,
  );
  const sizes = useAsked(
    'sizes',
    (signal) => ask<Sizes>('sizes', signal),
    ['state', 'batches', 'journal'],
    2_000,
  ).value;
  const latest = pathOf(['batches'], { limit: BATCHES_SHOWN });
  const batches = useAsked(latest, (signal) => ask<Batches>(latest, signal), ['state', 'batches'], 500).value?.batches;
  if (clients.error !== undefined && clients.value === undefined) return <Problem error={clients.error} />;
  if (clients.value === undefined) return null;
  return (
    <>
      <h1>Overview</h1>
      <Applied />
      <div class="columns">
        <section aria-labelledby="clients">
          <h2 id="clients">Client codes</h2>
          {clients.value.clients.length === 0 ? (
            <FirstSteps />
          ) : (
            <ClientTable clients={clients.value.clients} sizes={sizes} />
          )}
        </section>
        <aside>
          <ClockCard />
        </aside>
      </div>
      {batches !== undefined && batches.length > 0 && (
        <section aria-labelledby="latest">
          <h2 id="latest">Latest batches</h2>
          <BatchTable batches={batches} />
        </section>
      )}
    </>
  );
}

function FirstSteps() {
  return (
    <Empty
      title="Nobody has sent anything yet"
      commands={[
        firstBatch('demo'),
        `tpe upload crm.csv --id-column customer_id --client demo --api v2 --endpoint ${API}`,
      ]}
    >
      A client code is there as soon as it is used. <a href={href(['try'])}>Write a batch here</a>, or send one from a
      shell:
    </Empty>
  );
}

function ClientTable({ clients, sizes }: { readonly clients: Clients['clients']; readonly sizes: Sizes | undefined }) {
  const health = useAsked('health', (signal) => ask<Health>('health', signal)).value;
  const bySize = new Map(sizes?.clients.map((size) => [size.client, size]));
  const profiles = (client: string) => {
    const size = bySize.get(client);
    return size === undefined ? '' : `${sizes?.exact === false ? '≈ ' : ''}${size.profiles.toLocaleString()}`;
  };
  return (
    <div class="table">
      <table class="stacked">
        <thead>
          <tr>
            <th>Client code</th>
            <th class="number">Profiles</th>
            <th class="number">Batches</th>
            <th>Pace</th>
            <th>Readings unlike the defaults</th>
          </tr>
        </thead>
        <tbody>
          {clients.map(({ client, settings, pace }) => {
            const changed = Object.entries(settings).filter(([name, value]) => DEFAULTS[name] !== value);
            return (
              <tr key={client}>
                <td class="stack-head">
                  <a href={href(['c', client])}>{client}</a>
                </td>
                <td class="number" data-label="Profiles">
                  {profiles(client)}
                </td>
                <td class="number" data-label="Batches">
                  <a href={href(['batches'], { client })}>{bySize.get(client)?.batches.toLocaleString() ?? ''}</a>
                </td>
                <td data-label="Pace">{paceText(pace ?? health?.pace)}</td>
                <td data-label="Readings">
                  {changed.length === 0 ? (
                    <span class="quiet">none</span>
                  ) : (
                    changed.map(([name, value]) => (
                      <a key={name} class="reading" href={href(['c', client, 'switches'])}>
                        {name} = {String(value)}
                      </a>
                    ))
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What moves now, with the speed it moves at. */
function Applied() {
  const moving = useProgress().filter(({ status, consumedCount }) => status === 'incomplete' && consumedCount > 0);
  if (moving.length === 0) return null;
  return (
    <section aria-labelledby="applied">
      <h2 id="applied">Being applied</h2>
      {moving.map((batch) => (
        <Moving key={batch.batchId} batch={batch} />
      ))}
    </section>
  );
}

const POINTS_MAX = 60;

export function Moving({ batch }: { readonly batch: BatchProgress }) {
  const { batchId, client, api, consumedCount, batchSize } = batch;
  const before = useRef<{ at: number; rows: number } | undefined>(undefined);
  const [speeds, setSpeeds] = useState<readonly number[]>([]);
  useEffect(() => {
    const now = { at: performance.now(), rows: consumedCount };
    const last = before.current;
    before.current = now;
    if (last === undefined || now.rows <= last.rows) return;
    const speed = ((now.rows - last.rows) / (now.at - last.at)) * 1_000;
    setSpeeds((all) => [...all, speed].slice(-POINTS_MAX));
  }, [consumedCount]);
  const share = batchSize === 0 ? 1 : consumedCount / batchSize;
  return (
    <div class="moving">
      <a href={href(['batches', batchId])}>{batchId}</a>
      <span class="quiet">
        {client} · {api}
      </span>
      <progress max={1} value={share} aria-label={`${batchId}: applied`} />
      <span class="number">
        {consumedCount.toLocaleString()} of {batchSize.toLocaleString()} rows
      </span>
      <Plot values={speeds} label="Rows a second" />
      <span class="number quiet">
        {speeds.length === 0 ? '' : `${Math.round(speeds.at(-1)!).toLocaleString()} rows/s`}
      </span>
    </div>
  );
}
