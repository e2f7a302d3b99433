/** A client code of a listening emulator: what a test needs to talk to it as the code under test does. */
import type { BatchRecord, ClientHandle, RunningEmulator } from '../server/index.ts';

/** A client code with its addresses. Whatever it does, tests with other client codes never see it. */
export interface TestClient extends ClientHandle {
  readonly emulator: RunningEmulator;
  /** The emulator's address, without a slash at the end: an uploader's `endpoint`. */
  readonly url: string;
  /** Where a batch is posted. */
  batchUrl(api: 'v1' | 'v2'): string;
  /** Posts a batch file and applies what is due; resolves to the batch as it then is. Rejects where it was refused. */
  submit(batchFile: string, api?: 'v1' | 'v2'): Promise<BatchRecord>;
}

/**
 * A client code of the emulator, with its addresses: a fresh one by default.
 *
 * @throws TypeError for what is no running emulator, ZodError for a code that no client can have; `submit` rejects with an Error where the batch was refused.
 *
 * @example
 * const client = testClient(emulator);
 * await client.submit('batch=thirdPartyId,tier\nC-1,gold\n');
 * client.profile({ kind: 'thirdPartyId', value: 'C-1' }); // { attributes: [{ name: 'tier', value: 'gold', ... }], ... }
 */
export function testClient(emulator: RunningEmulator, code?: string): TestClient {
  assertRunning(emulator);
  const handle = emulator.client(code);
  const batchUrl = (api: 'v1' | 'v2') => `${emulator.url}/m2/${handle.code}/${pathOf(api)}`;
  return {
    ...handle,
    emulator,
    url: emulator.url,
    batchUrl,
    async submit(batchFile, api = 'v2') {
      const reply = await fetch(batchUrl(api), { method: 'POST', body: batchFile });
      const text = await reply.text();
      const batchId = /batchId=([^&<]+)/.exec(text)?.[1];
      if (batchId === undefined) throw new Error(`The batch was refused with ${reply.status}: ${text}`);
      await handle.drain();
      const batch = handle.batches().find((each) => each.batchId === decodeURIComponent(batchId));
      if (batch === undefined) throw new Error(`Batch ${batchId} is none of the latest 1,000 of ${handle.code}.`);
      return batch;
    },
  };
}

/** The version may be what a caller without types has passed. */
function pathOf(api: string): string {
  if (api === 'v1') return 'profile/batchUpdate';
  if (api === 'v2') return 'v2/profile/batchUpdate';
  throw new TypeError(`The API has the versions 'v1' and 'v2', and no ${JSON.stringify(api)}.`);
}

function assertRunning(emulator: unknown): void {
  const isRunning = typeof emulator === 'object' && emulator !== null && 'url' in emulator && 'client' in emulator;
  if (!isRunning) throw new TypeError('testClient takes an emulator that runs: testClient(await startEmulator()).');
}
