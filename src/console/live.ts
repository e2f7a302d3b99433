/** What has changed since a page asked: one stream of events for the whole console, and hooks that ask again. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComparisonProgress } from '../compare/comparison.ts';
import type { Topic } from '../server/console/watchers.ts';
import { EVENTS } from './control-api.ts';

export interface BatchProgress {
  readonly batchId: string;
  readonly client: string;
  readonly api: 'v1' | 'v2';
  readonly status: 'complete' | 'incomplete' | 'stuck';
  readonly batchSize: number;
  readonly consumedCount: number;
}

interface Changed {
  readonly topics: readonly Topic[];
  readonly batches?: readonly BatchProgress[];
  readonly comparison?: ComparisonProgress;
}

type Listener = (topics: readonly Topic[]) => void;

const ALL: readonly Topic[] = ['batches', 'journal', 'state'];
const listeners = new Set<Listener>();
let isConnected = true;
let batches: readonly BatchProgress[] = [];
let comparison: ComparisonProgress | undefined;

/** Called once. The browser connects again by itself, and then everything may have changed. */
export function watch(): void {
  const events = new EventSource(EVENTS);
  events.addEventListener('watching', () => told(true, ALL));
  events.addEventListener('error', () => {
    told(false, []);
    // After a refusal the browser gives up, and we do not.
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(watch, RETRY_MS);
  });
  events.addEventListener('changed', ({ data }: MessageEvent<string>) => {
    const changed = JSON.parse(data) as Changed;
    batches = changed.batches ?? batches;
    comparison = changed.comparison;
    told(true, changed.topics);
  });
}

const RETRY_MS = 1_000;

function told(connected: boolean, topics: readonly Topic[]): void {
  isConnected = connected;
  for (const listener of listeners) listener(topics);
}

function useListener(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const listen: Listener = (topics) => latest.current(topics);
    listeners.add(listen);
    return () => void listeners.delete(listen);
  }, []);
}

export function useConnected(): boolean {
  const [connected, setConnected] = useState(isConnected);
  useListener(() => setConnected(isConnected));
  return connected;
}

/** The newest batches, as the last event told them. */
export function useProgress(): readonly BatchProgress[] {
  const [progress, setProgress] = useState(batches);
  useListener(() => setProgress(batches));
  return progress;
}

/** How far the comparison is that runs now; there is one at a time. */
export function useComparison(): ComparisonProgress | undefined {
  const [progress, setProgress] = useState(comparison);
  useListener(() => setProgress(comparison));
  return progress;
}

export interface Asked<Value> {
  readonly value: Value | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
}

/**
 * Asks when `key` changes and when one of the topics has: never twice at once, and at most once in `pauseMs`. What was
 * answered before stays until the next answer is there, so that nothing jumps.
 */
export function useAsked<Value>(
  key: string,
  question: (signal: AbortSignal) => Promise<Value>,
  topics: readonly Topic[] = [],
  pauseMs = 250,
): Asked<Value> {
  const [answer, setAnswer] = useState<{ key: string; value?: Value; error?: Error }>({ key: '' });
  const run = useRef(() => {});
  const latest = useRef(question);
  latest.current = question;

  useEffect(() => {
    const ended = new AbortController();
    let state: 'idle' | 'asking' | 'asking, and once more' = 'idle';
    const ask = async () => {
      if (state !== 'idle') {
        state = 'asking, and once more';
        return;
      }
      state = 'asking';
      try {
        const value = await latest.current(ended.signal);
        if (!ended.signal.aborted) setAnswer({ key, value });
      } catch (error) {
        if (!ended.signal.aborted) {
          setAnswer((before) => ({
            key,
            ...(isNetwork(error) && before.key === key && before.value !== undefined && { value: before.value }),
            error: error instanceof Error ? error : new Error(String(error)),
          }));
        }
      }
      await new Promise((resolve) => {
        setTimeout(resolve, pauseMs);
      });
      const isWanted = (state as string) !== 'asking';
      state = 'idle';
      if (isWanted && !ended.signal.aborted) void ask();
    };
    run.current = () => void ask();
    void ask();
    return () => ended.abort();
  }, [key, pauseMs]);

  useListener((changed) => {
    if (topics.some((topic) => changed.includes(topic))) run.current();
  });
  const isOurs = answer.key === key;
  return {
    value: isOurs ? answer.value : undefined,
    error: isOurs ? answer.error : undefined,
    again: () => run.current(),
  };
}

const isNetwork = (error: unknown) => error instanceof TypeError;
