/** Whatever time the clock is given: refused with its place named, or everything is usable then. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TIME_MS_MAX } from '../../src/server/runtime/steered-clock.ts';
import { getJson, json, openEmulator, send } from './support.ts';

const edges = [0, 1, TIME_MS_MAX - 1, TIME_MS_MAX, TIME_MS_MAX + 1, 8_640_000_000_000_000, Number.MAX_SAFE_INTEGER, -1];
const taken = fc.integer({ min: 0, max: TIME_MS_MAX });
const ms = fc.oneof(taken, taken, fc.constantFrom(...edges), fc.maxSafeInteger(), fc.double(), fc.constant(null));
const text = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59.999-23:59', '2026-02-30T00:00Z'),
  fc.constantFrom('2024-02-29T00:00:00+14:00', '2026-01-01T24:00:00Z', '2016-12-31T23:59:60Z', '', 'now', '0'),
);
const asked = fc.oneof(
  fc.record({ route: fc.constant('PUT /clock'), body: fc.record({ now: fc.oneof(ms, text), frozen: fc.boolean() }) }),
  fc.record({ route: fc.constant('PUT /clock'), body: fc.record({ now: fc.oneof(ms, text) }) }),
  fc.record({ route: fc.constant('POST /clock/advance'), body: fc.record({ ms }) }),
);

it.each(['immediate', 'realistic'] as const)(
  'at pace %s, batches, lists and fetches work at any time taken',
  async (pace) => {
    const emulator = await openEmulator({ pace, clock: 'real' });
    const control = `${emulator.url}/__emulator`;
    let times = 0;
    const calls = fc.asyncProperty(asked, async ({ route, body }) => {
      const [method = '', path = ''] = route.split(' ');
      const before = emulator.clock.now();
      const changed = await send(`${control}${path}`, { method, ...json(body) });
      expect([200, 400]).toContain(changed.status);
      if (changed.status === 400) {
        expect(changed.text).toMatch(/"path":"(?:now|ms|frozen)"/);
        expect(Math.abs(emulator.clock.now() - before)).toBeLessThan(60_000);
        return;
      }
      times += 1;
      const code = `t${times}`;
      const reply = await send(`${emulator.url}/m2/${code}/v2/profile/batchUpdate`, {
        body: 'batch=thirdPartyId,a\nann,x',
      });
      expect(reply.text).toContain('<success>true</success>');
      await send(`${control}/release`, { method: 'POST' });
      await send(`${control}/drain`, { method: 'POST' });
      const fetched = await send(`${emulator.url}/rest/v1/profiles/thirdPartyId/ann?client=${code}`);
      expect([fetched.status, fetched.text]).toEqual([200, expect.stringContaining('"x"')]);
      for (const list of ['clock', 'batches?limit=2', `clients/${code}/profiles`, 'journal/latest?limit=2', 'health'])
        await getJson(`${control}/${list}`);
    });
    await fc.assert(calls, { numRuns: 150, seed: 20_261_126 });
    expect(times).toBeGreaterThan(10);
  },
);
