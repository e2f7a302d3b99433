/** Takes bodies while they arrive: small ones stay in memory and go into the database, larger ones to their place. */
import { guarded, storageError } from './storage-error.ts';
import type { BodySink, BodySpool } from './store.ts';
import type { StorePlace } from './store-place.ts';

/** Bodies up to this lie in the database, beside their batch. */
export const INLINE_BODY_BYTES_MAX = 64 * 1024;

/** Open the `SyncStore` first: claiming its place deletes what no batch owns. */
export function openBodySpool({ name: at, bodies }: StorePlace): BodySpool {
  let lastNumber = guarded(at, () => Math.max(0, ...bodies.names().map((name) => Number(name.replace('body-', '')))));
  const create = async (): Promise<BodySink> => {
    for (;;) {
      lastNumber += 1;
      try {
        return await bodies.create(`body-${lastNumber}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  };
  const asStorage = <Result>(work: () => Promise<Result>): Promise<Result> =>
    work().catch((error: unknown) => {
      throw storageError(at, error);
    });
  const open = (): BodySink => {
    let small: Uint8Array[] = [];
    let smallBytes = 0;
    let large: BodySink | undefined;
    return {
      async write(chunk) {
        smallBytes += chunk.byteLength;
        if (large === undefined && smallBytes <= INLINE_BODY_BYTES_MAX) {
          small.push(new Uint8Array(chunk));
          return;
        }
        await asStorage(async () => {
          if (large === undefined) {
            large = await create();
            await large.write(Buffer.concat(small.splice(0)));
          }
          await large.write(chunk);
        });
      },
      async finish() {
        if (large !== undefined) return asStorage(large.finish);
        // Memory of its own: it may be handed to another thread.
        const bytes = small.length === 1 ? small[0]! : new Uint8Array(Buffer.concat(small));
        return { kind: 'inline', bytes };
      },
      async discard() {
        small = [];
        if (large !== undefined) await asStorage(large.discard);
      },
    };
  };
  return { open };
}
