/** A file of `node:test` with an emulator of its own for each test, as a suite may have it: Node 24 once aborted on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEmulator } from '../../dist/index.js';

for (let number = 1; number <= 400; number += 1) {
  void test(`emulator ${number}`, async () => {
    const emulator = await startEmulator();
    const url = `${emulator.url}/m2/demo/v2/profile/batchUpdate`;
    await fetch(url, { method: 'POST', body: 'batch=thirdPartyId,tier\nC-1,gold\n' });
    await emulator.drain();
    const profile = emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' });
    assert.equal(profile?.attributes[0]?.value, 'gold');
    await emulator.close();
  });
}
