/** A body sink for tests: keeps what it is given and how it ended. */
import type { Body, BodySink } from '../../../../src/server/store/store.ts';

export interface CollectingSink extends BodySink {
  text(): string;
  bytes(): Buffer;
  state(): 'open' | 'finished' | 'discarded';
  writes(): number;
}

export function collectingSink(): CollectingSink {
  const chunks: Buffer[] = [];
  let state: 'open' | 'finished' | 'discarded' = 'open';
  const bytes = () => Buffer.concat(chunks);
  const end = (next: 'finished' | 'discarded') => {
    if (state !== 'open') throw new Error(`The sink was ${state} and is ${next} again.`);
    state = next;
  };
  return {
    async write(chunk) {
      if (state !== 'open') throw new Error(`A write to a sink that is ${state}.`);
      chunks.push(Buffer.from(chunk));
      await Promise.resolve();
      // The writer may reuse the chunk from here on, and so may its maker: nobody looks at it again.
    },
    async finish(): Promise<Body> {
      end('finished');
      return { kind: 'inline', bytes: bytes() };
    },
    async discard() {
      end('discarded');
    },
    bytes,
    text: () => bytes().toString('utf8'),
    state: () => state,
    writes: () => chunks.length,
  };
}
