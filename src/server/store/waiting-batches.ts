/**
 * The batches that wait, as the writer knows them: every change to one is its own, so the database is asked for them only
 * at the start, and again where the writer has lost track.
 */
import type { HeadBatch } from './sync-store.ts';

type Place = Pick<HeadBatch, 'generation' | 'sequence'>;

/** `load` gives all that wait, by sequence. */
export function waitingBatches(load: () => Iterable<HeadBatch>) {
  /** By generation, then by sequence in the order of acceptance. Undefined until asked for. */
  let byClient: Map<number, Map<number, HeadBatch>> | undefined;

  /** A new one, or what has become of one. */
  const put = (batch: HeadBatch) => {
    const ofClient = byClient?.get(batch.generation);
    if (ofClient === undefined) byClient?.set(batch.generation, new Map([[batch.sequence, batch]]));
    else ofClient.set(batch.sequence, batch);
  };

  return {
    /** The oldest of each client. */
    heads(): readonly HeadBatch[] {
      if (byClient === undefined) {
        byClient = new Map();
        for (const batch of load()) put(batch);
      }
      return Array.from(byClient.values(), (ofClient) => ofClient.values().next().value!);
    },
    put,
    /** Of one that is known. */
    change(to: Partial<HeadBatch> & Place): void {
      const known = byClient?.get(to.generation)?.get(to.sequence);
      if (known !== undefined) put({ ...known, ...to });
    },
    remove({ generation, sequence }: Place): void {
      const ofClient = byClient?.get(generation);
      ofClient?.delete(sequence);
      if (ofClient?.size === 0) byClient?.delete(generation);
    },
    /** All of a client. */
    removeAll(generation: number): void {
      byClient?.delete(generation);
    },
    /** What is known holds no more: after a rollback, or when a snapshot was restored. */
    forget(): void {
      byClient = undefined;
    },
  };
}
