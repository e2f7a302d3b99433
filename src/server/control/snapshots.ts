/** Snapshots of the whole emulator: taken, listed, restored, discarded. */
import { EmulatorError } from '../runtime/emulator-error.ts';
import { ownError, ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { Services } from '../http/services.ts';
import type { Snapshot } from '../snapshots.ts';

export async function takeSnapshot({ snapshots }: Services): Promise<Reply> {
  try {
    return ownJson(snapshotView(await snapshots.take()), 201);
  } catch (error) {
    if (!(error instanceof EmulatorError) || error.code !== 'snapshots-full') throw error;
    return ownError({ status: 409, code: error.code, message: error.message });
  }
}

export function listSnapshots({ snapshots }: Services): Reply {
  return ownJson({ snapshots: snapshots.list().map(snapshotView) });
}

export async function restoreSnapshot({ snapshots }: Services, id: string): Promise<Reply> {
  return (await snapshots.restore(numberOf(id))) ? new Reply(204) : noSnapshot();
}

/** Also where there is none: gone is gone. */
export async function discardSnapshot({ snapshots }: Services, id: string): Promise<Reply> {
  await snapshots.discard(numberOf(id));
  return new Reply(204);
}

const snapshotView = ({ id, takenAt, bytes }: Snapshot) => ({
  snapshot: String(id),
  takenAt: new Date(takenAt).toISOString(),
  bytes,
});

const numberOf = (id: string) => (/^[1-9]\d{0,14}$/.test(id) ? Number(id) : 0);

const noSnapshot = () =>
  ownError({ status: 404, code: 'unknown-snapshot', message: 'there is no snapshot with this id.' });
