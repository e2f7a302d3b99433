import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { v2OverrideCaveat } from '../../../../src/protocol/rules/v2.ts';
import type { LayerPlan } from '../../../../src/protocol/rules/v2.ts';
import {
  escapeValue,
  foldRecord,
  mergeRecord,
  readFacts,
  recordWithout,
  segmentHead,
  segmentStamp,
  unescapeValue,
  visibleAttributes,
} from '../../../../src/server/store/attribute-record.ts';
import { nameMarks } from '../../../../src/server/store/name-marks.ts';
import { recordScan, timeOfText, timeText } from '../../../../src/server/store/record-scan.ts';

/** A profile said plainly: what each layer holds for a name, oldest write first. */
interface ModelAttribute {
  readonly name: number;
  readonly value: string;
  readonly layer: 'base' | 'pending';
  readonly time: number;
  readonly batch: number;
}

type Command =
  | { readonly kind: 'fold' }
  | { readonly kind: 'evict'; readonly name: number }
  | {
      readonly kind: 'write';
      readonly api: 'v1' | 'v2';
      readonly idKind: 'pcId' | 'thirdPartyId';
      /** A new batch, or one more row of the last one. */
      readonly isNewBatch: boolean;
      readonly values: readonly (readonly [name: number, value: string])[];
    };

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', ',', '\n', '%', '%25', '%2C', '%0A', ',,\n\n%%', '=1,2,3', '~', '\0', '\\n', '"', 'é漢😀'),
);
const write = fc.record({
  kind: fc.constant('write' as const),
  api: fc.constantFrom('v1' as const, 'v2' as const),
  idKind: fc.constantFrom('pcId' as const, 'thirdPartyId' as const, 'thirdPartyId' as const),
  isNewBatch: fc.boolean(),
  values: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 12 }), value), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 5,
  }),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: write, weight: 6 },
  { arbitrary: fc.constant({ kind: 'fold' as const }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('evict' as const), name: fc.integer({ min: 1, max: 12 }) }), weight: 1 },
);

function modelWrite(held: readonly ModelAttribute[], plan: LayerPlan, written: readonly ModelAttribute[]) {
  const names = new Set(written.map(({ name }) => name));
  const kept = held.filter((attribute) => {
    if (plan.drops === 'everything') return false;
    if (plan.drops === 'pending' && attribute.layer === 'pending') return false;
    return !names.has(attribute.name) || (plan.layer === 'pending' && attribute.layer === 'base');
  });
  return [...kept, ...written];
}

function modelVisible(held: readonly ModelAttribute[]) {
  const pending = new Set(held.filter(({ layer }) => layer === 'pending').map(({ name }) => name));
  return held.filter(({ layer, name }) => layer === 'pending' || !pending.has(name));
}

describe('the record and a plain model agree', () => {
  it.each(['replace-pending', 'last-write-wins', 'replace-record'] as const)(
    'v2-override-caveat: after any sequence of writes, visits and evictions, read as %s',
    (reading) => {
      fc.assert(
        fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
          const scan = recordScan();
          const marks = nameMarks();
          let record = '';
          let model: readonly ModelAttribute[] = [];
          let batch = 0;
          for (const [index, step] of commands.entries()) {
            scan.read(record);
            const time = 1_000 + index;
            switch (step.kind) {
              case 'fold':
                record = foldRecord(scan, marks);
                model = modelVisible(model).map((attribute) => ({ ...attribute, layer: 'base' }));
                break;
              case 'evict':
                marks.clear();
                marks.add(step.name);
                record = recordWithout(scan, marks);
                model = model.filter(({ name }) => name !== step.name);
                break;
              case 'write': {
                if (step.isNewBatch || batch === 0) batch += 1;
                marks.clear();
                for (const [name] of step.values) marks.add(name);
                const facts = { ownAttributes: false, ownPending: false, leavesAttributes: false };
                readFacts(scan, batch, marks, facts);
                const own = model.filter((attribute) => attribute.batch === batch);
                expect(facts).toEqual({
                  ownAttributes: own.length > 0,
                  ownPending: own.some(({ layer }) => layer === 'pending'),
                  leavesAttributes: model.some(({ name }) => !marks.has(name)),
                });
                const plan = v2OverrideCaveat.decide({ api: step.api, idKind: step.idKind, reading, ...facts });
                const pairs = step.values.map(([name, text]) => `,${name},${escapeValue(text)}`).join('');
                record = mergeRecord(
                  scan,
                  plan,
                  marks,
                  `${segmentHead(plan.layer, segmentStamp(time, batch), 1)}${pairs}\n`,
                );
                model = modelWrite(
                  model,
                  plan,
                  step.values.map(([name, text]) => ({ name, value: text, layer: plan.layer, time, batch })),
                );
                break;
              }
            }
          }
          expect(visibleOf(record)).toEqual(modelVisible(model));
        }),
        { numRuns: 500 },
      );
    },
  );
});

function visibleOf(record: string): ModelAttribute[] {
  const scan = recordScan();
  scan.read(record);
  return visibleAttributes(scan, nameMarks()).map((pair) => {
    let segment = 0;
    while (pair >= scan.firstPair(segment + 1)) segment += 1;
    return {
      name: scan.nameOf(pair),
      value: unescapeValue(scan.valueOf(pair)),
      layer: scan.isPending(segment) ? 'pending' : 'base',
      time: scan.timeOf(segment),
      batch: scan.batchOf(segment),
    };
  });
}

describe('values', () => {
  it('escaping and unescaping give the value back, with no comma and no line feed between', () => {
    fc.assert(
      fc.property(value, (text) => {
        const escaped = escapeValue(text);
        expect(escaped).not.toMatch(/[,\n]/);
        expect(unescapeValue(escaped)).toBe(text);
      }),
    );
  });

  it('only the percent sign, the comma and the line feed are escaped', () => {
    expect(escapeValue('a b+c&d=é"\r%,\n')).toBe('a b+c&d=é"\r%25%2C%0A');
  });
});

describe('the scan', () => {
  it('reads a segment that was written outside a batch', () => {
    const scan = recordScan();
    scan.read('=loyw3v28,,,5,v\n~loyw3v29,3,499999,5,w\n');
    expect(scan.segmentCount).toBe(2);
    expect([scan.batchOf(0), scan.rowOf(0), scan.batchOf(1), scan.rowOf(1)]).toEqual([0, 0, 3, 499_999]);
    expect([scan.timeOf(0), scan.timeOf(1)]).toEqual([1_700_000_000_000, 1_700_000_000_001]);
  });

  it('reads back the times it spells, whatever their size', () => {
    const scan = recordScan();
    fc.assert(
      fc.property(fc.maxSafeNat(), (time) => {
        scan.read(`${segmentHead('base', segmentStamp(time, ''), '')}\n`);
        expect(scan.timeOf(0)).toBe(time);
        expect(timeOfText(timeText(time))).toBe(time);
      }),
    );
  });

  it('grows with the record and is used again for smaller ones', () => {
    const scan = recordScan();
    const segments = Array.from({ length: 100 }, (_, index) => `=${index},1,1,${2 * index + 1},a,${2 * index + 2},b\n`);
    scan.read(segments.join(''));
    expect([scan.segmentCount, scan.pairCount, scan.nameOf(199)]).toEqual([100, 200, 200]);
    scan.read('');
    expect([scan.segmentCount, scan.pairCount]).toEqual([0, 0]);
  });
});

describe('marks', () => {
  it('hold ids far beyond those seen before, and forget them all at once', () => {
    const marks = nameMarks();
    marks.add(5);
    marks.add(100_000);
    expect([marks.has(5), marks.has(100_000), marks.has(6), marks.has(1_000_000)]).toEqual([true, true, false, false]);
    marks.clear();
    expect(marks.has(5)).toBe(false);
  });
});
