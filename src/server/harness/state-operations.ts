/** The emulator as a whole: whether it works, what it can do, and keeping and bringing back all of its state. */
import { z } from 'zod';
import { EmulatorError } from '../runtime/emulator-error.ts';
import type { Snapshot } from '../snapshots.ts';
import { operation, Told } from './operation.ts';
import { isoTime } from './as-json.ts';
import * as replies from './replies.ts';

const ofSnapshot = {
  takes: () => ({ path: { id: z.string() } }),
  /** Judged before it is taken apart: a program without types may hand over nothing. */
  asked(snapshot: Snapshot) {
    const id: unknown = (snapshot as Snapshot | null | undefined)?.id;
    return { path: { id: typeof id === 'number' ? String(id) : id } };
  },
};

export const stateOperations = {
  /**
   * Whether the emulator works, and as what it was started: `failed` while nothing can be kept (`data`), and for good once
   * a step has failed; `degraded` while another part does not work (`journal`, `socket`), or a body was lost (`bodies`).
   *
   * @example
   * emulator.health(); // { status: 'ok', version: '0.1.0', pace: 'immediate', seed: 1, problems: [] }
   */
  health: operation({
    route: 'GET /health',
    sentence: 'Whether the emulator works, and as what it was started; 503 once it cannot apply rows any more.',
    replies: { 200: replies.health, 503: replies.health },
    does: ({ isFailed, problems, assertThere, version, options: { pace, seed } }) => {
      try {
        assertThere?.();
      } catch (error) {
        problems.note('data', error);
      }
      const parts = problems.parts();
      const status = isFailed() || parts.includes('data') ? 'failed' : parts.length > 0 ? 'degraded' : 'ok';
      return { status, version, pace, seed, problems: parts } as const;
    },
    tells: (health) => (health.status === 'failed' ? new Told(503, health) : health),
  }),
  /**
   * All operations over HTTP, as an OpenAPI 3.1 document.
   *
   * @example
   * await writeFile('control-api.json', JSON.stringify(await emulator.openApi()));
   */
  openApi: operation({
    route: 'GET /openapi.json',
    sentence: 'This document: all operations as OpenAPI 3.1, written from the schemas that judge what is sent.',
    replies: { 200: () => z.looseObject({}) },
    // Loaded when asked for: it describes every reply, which takes a while and is seldom read.
    does: async ({ version }, _, operations): Promise<object> =>
      (await import('../control/openapi.ts')).openApiDocument(version, operations),
  }),
  /**
   * Keeps the whole emulator as it is now: profiles, batches with their bodies, settings, counts, chance, and the clock if
   * it stands. Take and restore it while no request is under way. Rejects with an `EmulatorError` ('snapshots-full') beyond
   * 8 snapshots or 1 GiB.
   *
   * @example
   * const snapshot = await emulator.snapshot();
   */
  snapshot: operation({
    route: 'POST /snapshots',
    sentence: 'Keeps the whole emulator as it is; 409 where there is no room.',
    replies: { 201: replies.snapshot },
    does: async ({ snapshots }): Promise<Snapshot> => snapshots.take(),
    tells: snapshotJson,
  }),
  /**
   * The snapshots that are kept, in the order they were taken.
   *
   * @example
   * emulator.snapshots().length; // at most 8
   */
  snapshots: operation({
    route: 'GET /snapshots',
    sentence: 'The snapshots that are kept.',
    replies: { 200: replies.snapshots },
    does: ({ snapshots }): readonly Snapshot[] => snapshots.list(),
    tells: (kept) => ({ snapshots: kept.map(snapshotJson) }),
  }),
  /**
   * Back to that moment, as often as you like. Rejects with an `EmulatorError` ('unknown-snapshot') where the snapshot was
   * discarded or is another emulator's.
   *
   * @example
   * await emulator.restore(snapshot);
   */
  restore: operation({
    route: 'POST /snapshots/{id}/restore',
    sentence: 'Puts everything back as it was then, as often as you like.',
    ...ofSnapshot,
    does: async ({ snapshots }, { id }): Promise<void> => {
      if (await snapshots.restore(numberOf(id))) return;
      throw new EmulatorError('unknown-snapshot', `There is no snapshot ${id}: it was discarded, or never taken.`);
    },
  }),
  /**
   * The snapshot's room is free again. Where there is none, nothing happens.
   *
   * @example
   * await emulator.discard(snapshot);
   */
  discard: operation({
    route: 'DELETE /snapshots/{id}',
    sentence: 'Discards a snapshot.',
    ...ofSnapshot,
    does: async ({ snapshots }, { id }): Promise<void> => snapshots.discard(numberOf(id)),
  }),
};

function snapshotJson({ id, takenAt, bytes }: Snapshot) {
  return { snapshot: String(id), takenAt: isoTime(takenAt), bytes };
}

/** 0, of which there is none, for what is no number of a snapshot. */
const numberOf = (id: string) => (/^[1-9]\d{0,14}$/.test(id) ? Number(id) : 0);
