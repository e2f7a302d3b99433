/** Whose turn it is: round robin over client codes, the batches of one strictly in the order of acceptance. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { ClientsAhead } from '../runtime/client-clocks.ts';
import type { HeadBatch } from '../store/sync-store.ts';

/** Rule our-batch-order: only batches of other clients may overtake. A head that is not due holds up its own client only. */
export function batchQueue() {
  /** A Set keeps the order of insertion: this is the round. */
  const round = new Set<ClientCode>();
  return {
    /** The batches that are due, the client that has waited longest first. `heads` is one batch for each client. */
    due(heads: readonly HeadBatch[], now: number, ahead?: ClientsAhead): HeadBatch[] {
      const waiting = new Map(heads.map((head) => [head.client, head]));
      for (const client of round) {
        if (!waiting.has(client)) round.delete(client);
      }
      // Newcomers queue up behind those who wait already, or a stream of them would starve a large batch.
      for (const { client } of heads.toSorted((a, b) => a.sequence - b.sequence)) round.add(client);
      return Array.from(round, (client) => waiting.get(client)!).filter((head) => isDue(head, now, ahead));
    },
    /** The client goes to the end of the round. */
    served(client: ClientCode): void {
      round.delete(client);
      round.add(client);
    },
  };
}

/** By the clock of its own client. */
type Waiting = Pick<HeadBatch, 'client' | 'dueAt'>;

export function isDue({ client, dueAt }: Waiting, now: number, ahead?: ClientsAhead): boolean {
  return dueAt <= now + (ahead?.get(client) ?? 0);
}

/** When the next of these falls due after `now`, by the emulator's clock; undefined when none waits for a time. */
export function nextDueAt(heads: readonly Waiting[], now: number, ahead?: ClientsAhead): number | undefined {
  const times = heads
    .map(({ client, dueAt }) => dueAt - (ahead?.get(client) ?? 0))
    .filter((dueAt) => dueAt > now && dueAt !== Infinity);
  return times.length === 0 ? undefined : Math.min(...times);
}
