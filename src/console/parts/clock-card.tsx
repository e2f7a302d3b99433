/** The emulator's clock, with buttons to move it where it stands still until told. */
import { useState } from 'preact/hooks';
import { DAY_MS } from '../../protocol/vocabulary/limits.ts';
import { pathOf } from '../address.ts';
import { ask, type Clients, type Clock, tell } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { href } from '../route.ts';
import { duration, exactly } from './time.tsx';

const STEPS = [
  ['5 min', 5 * 60_000],
  ['1 hour', 3_600_000],
  ['1 day', DAY_MS],
  ['15 days', 15 * DAY_MS],
] as const;

export function ClockCard() {
  const { value: clock } = useAsked('clock', (signal) => ask<Clock>('clock', signal), ['state', 'batches'], 1_000);
  const [problem, setProblem] = useState('');
  if (clock === undefined) return null;
  const act = async (change: Promise<unknown>) => {
    try {
      await change;
      setProblem('');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section class="card" aria-labelledby="clock">
      <h2 id="clock">Clock</h2>
      <p class="clock-time">
        <time dateTime={clock.now} title={clock.now}>
          {exactly(clock.now)}
        </time>
      </p>
      <p class="quiet">
        {clock.kind === 'virtual'
          ? 'Virtual: it stands until you move it, and what falls due on the way is applied at its own time.'
          : clock.frozen
            ? 'The machine’s clock, stopped.'
            : 'The machine’s clock. A rehearsal of days takes seconds with tpe serve --clock virtual.'}
      </p>
      {clock.frozen && (
        <div class="buttons">
          {STEPS.map(([name, ms]) => (
            <button key={name} type="button" onClick={() => void act(tell('POST', 'clock/advance', { ms }))}>
              + {name}
            </button>
          ))}
        </div>
      )}
      {clock.kind === 'real' && (
        <div class="buttons">
          <button type="button" onClick={() => void act(tell('PUT', 'clock', { frozen: !clock.frozen }))}>
            {clock.frozen ? 'Let it go on' : 'Stop it'}
          </button>
        </div>
      )}
      <ClientClocks act={act} />
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** Of more client codes each would be asked of. */
const CLIENTS_SHOWN = 20;

/** A client code's own clock is ahead of the emulator's by what was let pass for it alone. */
function ClientClocks({ act }: { readonly act: (change: Promise<unknown>) => Promise<void> }) {
  const { value: clocks } = useAsked('client clocks', clientClocks, ['state', 'batches'], 1_000);
  if (clocks === undefined || clocks.length === 0) return null;
  return (
    <details class="client-clocks" open={clocks.some(({ clock }) => clock.aheadMs > 0)}>
      <summary>Of one client code alone</summary>
      <ul>
        {clocks.map(({ client, clock }) => (
          <li key={client}>
            <a href={href(['c', client])}>{client}</a>
            <span class="quiet" title={exactly(clock.now)}>
              {clock.aheadMs === 0 ? 'as the emulator' : `${duration(clock.aheadMs)} ahead`}
            </span>
            <span class="buttons">
              {STEPS.slice(1, 3).map(([name, ms]) => (
                <button
                  key={name}
                  type="button"
                  aria-label={`${client}: + ${name}`}
                  onClick={() => void act(tell('POST', pathOf(['clients', client, 'clock', 'advance']), { ms }))}
                >
                  + {name}
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

async function clientClocks(signal: AbortSignal) {
  const { clients } = await ask<Clients>('clients', signal);
  return Promise.all(
    clients.slice(0, CLIENTS_SHOWN).map(async ({ client }) => {
      const clock = await ask<Clock>(pathOf(['clients', client, 'clock']), signal);
      return { client, clock };
    }),
  );
}
