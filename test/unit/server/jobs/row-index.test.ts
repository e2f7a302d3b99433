/** Proves that the byte pass finds the rows the grammar finds, and never parts the rows of one id. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchFileListener } from '../../../../src/protocol/batch-file/line-intake.ts';
import { ourLocationHint } from '../../../../src/protocol/rules/keys.ts';
import { DEFAULT_SETTINGS, type Settings, type VisitorIdKind } from '../../../../src/protocol/vocabulary/index.ts';
import { rowIndex } from '../../../../src/server/jobs/row-index.ts';
import { profileHash } from '../../../../src/server/store/profile-key.ts';
import { readBlocks } from '../../protocol/batch-file/read-blocks.ts';

function indexOf(text: string, batchSize: number, settings: Settings = DEFAULT_SETTINGS, kind: VisitorIdKind = 'pcId') {
  return finished(rowIndex(Buffer.from(text), { batchSize, settings }, profileHash(1, kind))).value;
}

function finished<Value>(work: Generator<undefined, Value>): { readonly value: Value; readonly pauses: number } {
  for (let pauses = 0; ; pauses += 1) {
    const turn = work.next();
    if (turn.done === true) return { value: turn.value, pauses };
  }
}

describe('rowIndex', () => {
  test('finds the start of every data row and none of the blank lines', () => {
    const body = 'batch=\n \r\npcId,a\r\n\n1,x\r\n  \r\n\r\r\n2\n3,y';
    const index = indexOf(body, 4)!;
    expect(index.header.attributes).toEqual(['a']);
    expect(Array.from(index.starts, (start) => body.slice(start, start + 2))).toEqual(['1,', '\r\r', '2\n', '3,']);
  });

  test('leaves rows in the order of the file where no hasher is given', () => {
    const batch = { batchSize: 2, settings: DEFAULT_SETTINGS };
    expect(finished(rowIndex(Buffer.from('batch=pcId\nb\na'), batch, undefined)).value!.order).toBeUndefined();
  });

  test('pauses after so many bytes and goes on where it was', () => {
    const body = Buffer.from(`batch=pcId,a\n${'id,x\n'.repeat(100)}`);
    const batch = { batchSize: 100, settings: DEFAULT_SETTINGS };
    const inOneGo = finished(rowIndex(body, batch, profileHash(1, 'pcId')));
    const paused = finished(rowIndex(body, batch, profileHash(1, 'pcId'), 50));
    expect([inOneGo.pauses, paused.pauses]).toEqual([0, 10]);
    expect(paused.value).toEqual(inOneGo.value);
  });

  test.each([
    ['fewer rows', 'batch=pcId,a\n1,x', 2],
    ['more rows', 'batch=pcId,a\n1,x\n2,y', 1],
    ['no header row', 'batch=', 0],
    ['another header row', 'batch=nobody\n1', 1],
  ])('knows a body with %s as not the one that was accepted', (_, body, batchSize) => {
    expect(indexOf(body, batchSize)).toBeUndefined();
  });

  test('our-duplicate-ids: rows that mean one profile stand together, in the order of the file', () => {
    const spelling = fc.constantFrom(
      'a',
      ' a',
      'a ',
      '%61',
      'a.28_20',
      'a.28',
      '%61.2',
      'a\r',
      'a.b',
      'a,x',
      ' %61 ,x',
      'b',
      'B',
      'é',
      '%C3%A9',
      '%c3%a9.1',
      'a%',
      '',
      ',x',
      'a+',
      'a.28_20\r',
      '1.2',
      '1',
      '漢,z',
      '%E6%BC%A2',
    );
    const kinds = fc.constantFrom<VisitorIdKind>('pcId', 'thirdPartyId');
    const hints = fc.constantFrom<Settings['locationHint']>('same-profile', 'part-of-id');
    fc.assert(
      fc.property(fc.array(spelling, { maxLength: 300, size: 'max' }), kinds, hints, (lines, kind, locationHint) => {
        const settings = { ...DEFAULT_SETTINGS, locationHint };
        const body = `batch=${kind},a\n${lines.join('\n')}`;
        const identities = new Map<number, string>();
        const noteIdentity: BatchFileListener['row'] = (number, reading) => {
          if (reading.kind !== 'row') return;
          identities.set(number - 1, ourLocationHint.decide(kind, reading.id, locationHint));
        };
        const end = readBlocks([body], { row: noteIdentity }, settings);
        const rows = end.kind === 'read' ? end.rows : -1;
        const { order } = indexOf(body, rows, settings, kind)!;
        expect(Array.from(order!).toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, at) => at));
        const runs = new Map<string, number[]>();
        for (const row of order!) {
          const identity = identities.get(row);
          if (identity !== undefined) runs.set(identity, [...(runs.get(identity) ?? []), row]);
        }
        for (const run of runs.values()) expect(run).toEqual(run.toSorted((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  test('goes through the table from front to back', () => {
    const ids = Array.from({ length: 1_000 }, (_, at) => `visitor-${at}`);
    const { order } = indexOf(`batch=thirdPartyId\n${ids.join('\n')}`, 1_000, DEFAULT_SETTINGS, 'thirdPartyId')!;
    const hashes = Array.from(order!, (row) => profileHash(1, 'thirdPartyId').ofText(ids[row]!));
    expect(hashes).toEqual(hashes.toSorted((a, b) => a - b));
  });
});
