import fc from 'fast-check';
import { expect } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { law } from './law.ts';
import { modelOf, withClient } from './world.ts';

const HOUR_MS = 3_600_000;

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      method: fc.constantFrom('GET', 'POST'),
      query: fc.constantFrom('mboxPC=1&', 'mboxPC=1&', '', `mboxPC=${'1'.repeat(61_441)}&`),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.constantFrom(1, HOUR_MS - 1, HOUR_MS, 22 * HOUR_MS, 23 * HOUR_MS, 24 * HOUR_MS),
      isOwn: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const) }) },
);

law(
  'lim-single-rate: emulator and model take and refuse the same single updates, hour by hour',
  fc.record({ most: fc.integer({ min: 1, max: 3 }), steps: fc.array(step, { maxLength: 14, size: 'max' }) }),
  async ({ most, steps }) => {
    const settings = { ...DEFAULT_SETTINGS, singleUpdatesPerDay: most };
    await withClient(settings, async (client, world) => {
      const model = modelOf(world);
      const both = [world.port, model];
      for (const port of both) await port.writeSettings(client, settings);
      for (const asked of steps) {
        if (asked.kind === 'advance') for (const port of both) port.advance(asked.ms, asked.isOwn ? client : undefined);
        else if (asked.kind === 'drop') {
          for (const port of both) {
            await port.dropClient(client);
            await port.writeSettings(client, settings);
          }
        } else {
          const path = `/m2/${client}/profile/update?${asked.query}profile.a=1`;
          const request = { method: asked.method, path, headers: [] };
          const [ours, theirs] = [await world.port.send(request), await model.send(request)];
          expect([ours.status, ours.cause]).toEqual([theirs.status, theirs.cause]);
        }
      }
    });
  },
);
