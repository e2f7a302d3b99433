import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { readBatchFile } from '../../../../src/sim/model/batch-file.ts';
import { BREAKAGES, batchFile, fileSpec, READINGS, SETTINGS_COVER, validBatchFile } from '../../../../src/sim/index.ts';
import type { Reading } from '../../../../src/sim/index.ts';

describe('settings cover', () => {
  it('lets every two values of every two readings meet', () => {
    const names = Object.keys(READINGS) as Reading[];
    const missing: string[] = [];
    let pairs = 0;
    for (const [index, one] of names.entries()) {
      for (const other of names.slice(index + 1)) {
        for (const left of READINGS[one]) {
          for (const right of READINGS[other]) {
            pairs += 1;
            if (!SETTINGS_COVER.some((row) => row[one] === left && row[other] === right)) {
              missing.push(`${one}=${left} with ${other}=${right}`);
            }
          }
        }
      }
    }
    expect(missing).toEqual([]);
    expect(pairs).toBeGreaterThan(200);
  });
  it('begins with the defaults', () => {
    expect(SETTINGS_COVER[0]).toEqual(DEFAULT_SETTINGS);
  });
});

describe('valid batch files', () => {
  it('are never refused as a whole', () => {
    fc.assert(
      fc.property(validBatchFile(), ({ bytes }) => {
        expect(readBatchFile(bytes, 'v1', DEFAULT_SETTINGS)).toMatchObject({ kind: 'file' });
      }),
    );
  });
  it('say what their spec says, however they are spelled', () => {
    fc.assert(
      fc.property(fileSpec({ surplusCells: 'none' }), (spec) => {
        const file = readBatchFile(batchFile(spec).bytes, 'v1', DEFAULT_SETTINGS);
        if (file.kind !== 'file') throw new Error(file.rule);
        expect(file.rows.length).toBe(spec.rows.length);
        file.rows.forEach((row, index) => {
          if (row.kind === 'row') expect(row.id).toBe(spec.rows[index]!.id.text);
        });
      }),
    );
  });
  it('shrink to a small readable file', () => {
    const found = fc.check(
      fc.property(validBatchFile(), (file) => !new TextDecoder().decode(file.bytes).includes('\n')),
      { seed: 1 },
    );
    expect(found.counterexample?.[0].bytes.length).toBeLessThan(40);
    expect(fc.stringify(found.counterexample?.[0])).toMatch(/^"batch=thirdPartyId\\n/);
  });
});

describe('almost valid batch files', () => {
  it.each(BREAKAGES.map((breakage) => [breakage.rule, breakage.what, breakage] as const))(
    '%s: %s is wrong, and nothing else',
    (rule, _, breakage) => {
      fc.assert(
        fc.property(breakage.files, ({ file, row, column }) => {
          const read = readBatchFile(file.bytes, 'v2', DEFAULT_SETTINGS);
          if (row === undefined) {
            expect(read).toMatchObject({ kind: 'rejection', rule });
            return;
          }
          if (read.kind !== 'file') throw new Error(read.rule);
          const failures = read.rows.flatMap((each, index) =>
            each.kind === 'failed' ? [{ ...each, row: index + 1 }] : [],
          );
          expect(failures).toEqual([{ kind: 'failed', rule, column, row }]);
        }),
        { numRuns: 30 },
      );
    },
  );
});
