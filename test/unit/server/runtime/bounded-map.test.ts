/** The one bounded map, against a plain one that is cut by hand. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BoundedMap } from '../../../../src/server/runtime/bounded-map.ts';

const key = fc.nat(6);
const happening = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constantFrom('take' as const, 'clear' as const, 'remember' as const, 'go back' as const) }),
);

it('holds the entries set last and drops the one set longest ago, whatever was deleted, cleared or put back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(happening, { maxLength: 60 }), (entriesMax, happenings) => {
      const map = new BoundedMap<number, string>(entriesMax);
      let plain: [number, string][] = [];
      let goBack = map.remember();
      let kept = plain;
      for (const [turn, event] of happenings.entries()) {
        if (event.kind === 'set' || event.kind === 'delete') {
          plain = plain.filter(([other]) => other !== event.key);
          if (event.kind === 'delete') map.delete(event.key);
          else {
            map.set(event.key, `${turn}`);
            plain = [...plain, [event.key, `${turn}`] as [number, string]].slice(-entriesMax);
          }
        } else if (event.kind === 'take') {
          expect(map.takeOldest()).toBe(plain[0]?.[1]);
          plain = plain.slice(1);
        } else if (event.kind === 'clear') {
          map.clear();
          plain = [];
        } else if (event.kind === 'remember') {
          goBack = map.remember();
          kept = plain;
        } else {
          goBack();
          plain = kept;
        }
        expect([...map.values()]).toEqual(plain.map(([, value]) => value));
        expect(map.size).toBe(plain.length);
        expect(Array.from({ length: 7 }, (_, at) => map.get(at))).toEqual(
          Array.from({ length: 7 }, (_, at) => new Map(plain).get(at)),
        );
      }
    }),
  );
});

it('takes as long for the millionth entry as for the first', () => {
  const map = new BoundedMap<number, number>(10_000);
  for (let at = 0; at < 1_000_000; at += 1) map.set(at, at);
  expect([map.size, map.get(989_999), map.get(990_000)]).toEqual([10_000, undefined, 990_000]);
});

it('holds on to nothing but its entries, however often one is set anew', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const map = new BoundedMap<string, number>(100_000);
  map.set('first', 0);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 500_000; at += 1) map.set('one', at);
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(2_000_000);
  expect([...map.values()]).toEqual([0, 499_999]);
});
