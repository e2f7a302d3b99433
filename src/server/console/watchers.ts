/**
 * Who watches the emulator live, and what they are told: which subjects have changed, and how far batches are. A watcher
 * that reads slowly is told less often, never wrongly: what changed twice before it looked is told once, so that nothing
 * queues and nothing is lost. While nobody watches there is no timer, and a change costs one look at an empty set.
 */

import type { Reader } from '../store/store.ts';

/** What may change; whoever is told of one reads it anew. */
export const TOPICS = ['batches', 'journal', 'state', 'comparison'] as const;
export type Topic = (typeof TOPICS)[number];

export type Watchers = ReturnType<typeof watchersOf>;

/** Pages that watch one emulator at a time. */
export const WATCHERS_MAX = 32;
/** At most four times a second, however much happens. */
const BEAT_MS = 250;
/** A comment now and then, so that both sides know the other is there. */
const BEATS_BETWEEN_COMMENTS = 60;

type Watcher = { readonly untold: Set<Topic>; readonly controller: ReadableStreamDefaultController<Uint8Array> };

/**
 * Both progresses are asked at most once a beat: that of batches only where they have changed, that of a comparison while
 * there is one. `every` is the runtime's.
 */
export function watchersOf(parts: {
  readonly every: (ms: number, beat: () => void) => () => void;
  readonly progress: () => unknown;
  readonly comparison?: () => object | undefined;
}) {
  const { every, progress, comparison = () => undefined } = parts;
  const watching = new Set<Watcher>();
  let stopBeating: (() => void) | undefined;
  let beats = 0;
  let wasComparing = false;
  let isEnded = false;

  const encoder = new TextEncoder();
  const send = ({ controller }: Watcher, text: string) => controller.enqueue(encoder.encode(text));
  const beat = () => {
    beats += 1;
    let batches: unknown;
    const compared = comparison();
    const isToldOf = compared !== undefined || wasComparing;
    wasComparing = compared !== undefined;
    for (const watcher of watching) {
      const { untold, controller } = watcher;
      if (isToldOf) untold.add('comparison');
      // It has not taken what it was sent before.
      if ((controller.desiredSize ?? 0) <= 0) continue;
      if (untold.has('batches')) batches ??= progress();
      const topics = [...untold];
      untold.clear();
      if (topics.length > 0) {
        const told = { topics, ...(topics.includes('batches') && { batches }), comparison: compared };
        send(watcher, `event: changed\ndata: ${JSON.stringify(told)}\n\n`);
      } else if (beats % BEATS_BETWEEN_COMMENTS === 0) send(watcher, ': still here\n\n');
    }
  };
  const leave = (watcher: Watcher) => {
    if (!watching.delete(watcher) || watching.size > 0) return;
    stopBeating?.();
    stopBeating = undefined;
  };
  const dismiss = (watcher: Watcher) => {
    if (!watching.has(watcher)) return;
    leave(watcher);
    watcher.controller.close();
  };

  return {
    /** Something of this kind has changed. Never throws. */
    changed(topic: Topic): void {
      for (const { untold } of watching) untold.add(topic);
    },
    /** A stream of server-sent events until `signal` aborts; undefined where too many watch already. */
    watch(signal: AbortSignal): ReadableStream<Uint8Array> | undefined {
      if (isEnded || watching.size >= WATCHERS_MAX) return undefined;
      let watcher: Watcher;
      const gone = () => dismiss(watcher);
      return new ReadableStream<Uint8Array>({
        start(controller) {
          watcher = { untold: new Set(), controller };
          // A browser reconnects by itself, and then reads everything anew.
          send(watcher, 'retry: 1000\nevent: watching\ndata: {}\n\n');
          watching.add(watcher);
          stopBeating ??= every(BEAT_MS, beat);
          signal.addEventListener('abort', gone, { once: true });
          if (signal.aborted) gone();
        },
        cancel: () => leave(watcher),
      });
    },
    /** Ends every stream, and those still to come. Idempotent. */
    end(): void {
      isEnded = true;
      for (const watcher of watching) dismiss(watcher);
    },
  };
}

/** How far the newest batches are: what a watcher is told each time that batches have changed. */
export const batchesUnderWay = (reader: Pick<Reader, 'batches'>) =>
  reader
    .batches({ limit: BATCHES_TOLD_MAX })
    .items.map(({ batchId, client, api, status, batchSize, consumedCount }) => ({
      batchId,
      client,
      api,
      status,
      batchSize,
      consumedCount,
    }));

const BATCHES_TOLD_MAX = 20;
