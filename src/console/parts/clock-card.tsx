/** The emulator's clock, with buttons to move it where it stands still until told. */
import { useState } from 'preact/hooks';
import { ask, type Clock, tell } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { exactly } from './time.tsx';

const STEPS = [
  ['5 min', 5 * 60_000],
  ['1 hour', 3_600_000],
  ['1 day', 86_400_000],
  ['15 days', 15 * 86_400_000],
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
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
