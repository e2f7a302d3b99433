/** Snapshots: keep everything as it is now, and come back to it as often as one likes. */
import { useState } from 'preact/hooks';
import { pathOf } from '../address.ts';
import { API, ask, type Snapshots, tell } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Empty, Problem } from '../parts/empty.tsx';
import { Time } from '../parts/time.tsx';
import { href } from '../route.ts';

export function SnapshotsPage() {
  return (
    <>
      <p class="crumbs">
        <a href={href(['switches'])}>switches</a>
      </p>
      <h1>Snapshots</h1>
      <SnapshotList />
    </>
  );
}

export function SnapshotList() {
  const { value, error } = useAsked('snapshots', (signal) => ask<Snapshots>('snapshots', signal), ['state']);
  const [told, setTold] = useState('');
  const act = async (action: Promise<unknown>, done: string) => {
    try {
      await action;
      setTold(done);
    } catch (problem) {
      setTold(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <>
      <p class="lead">Profiles, batches with their bodies, readings, counts and chance, kept as they are now.</p>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => void act(tell('POST', 'snapshots'), 'Kept.')}>
          Take one
        </button>
        <span role="status" class="quiet">
          {told}
        </span>
      </div>
      {error !== undefined && value === undefined && <Problem error={error} />}
      {value?.snapshots.length === 0 && (
        <Empty title="None is kept" commands={[`curl -X POST ${API}/__emulator/snapshots`]}>
          Take one before a demonstration, and each rehearsal begins where the last one did.
        </Empty>
      )}
      {value !== undefined && value.snapshots.length > 0 && (
        <div class="table">
          <table>
            <thead>
              <tr>
                <th>Snapshot</th>
                <th>Taken</th>
                <th class="number">Bytes</th>
                <th>Go back, or let go</th>
              </tr>
            </thead>
            <tbody>
              {value.snapshots.map(({ snapshot, takenAt, bytes }) => (
                <tr key={snapshot}>
                  <td>{snapshot}</td>
                  <td>
                    <Time at={takenAt} />
                  </td>
                  <td class="number">{bytes.toLocaleString()}</td>
                  <td>
                    <button
                      type="button"
                      onClick={() =>
                        void act(
                          tell('POST', pathOf(['snapshots', snapshot, 'restore'])),
                          `Everything is as it was in snapshot ${snapshot}.`,
                        )
                      }
                    >
                      Restore
                    </button>{' '}
                    <button
                      type="button"
                      class="quiet-button"
                      onClick={() =>
                        void act(tell('DELETE', pathOf(['snapshots', snapshot])), `Snapshot ${snapshot} is gone.`)
                      }
                    >
                      Discard
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
