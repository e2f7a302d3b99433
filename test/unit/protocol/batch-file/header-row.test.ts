/** The first line: key column, names, oddities. */
import { describe, expect, test } from 'vitest';
import { type HeaderRow, readHeaderRow } from '../../../../src/protocol/batch-file/header-row.ts';

interface NotedHeaderRow extends HeaderRow {
  readonly notes: readonly (readonly [rule: string, column: number])[];
}

function header(line: string): NotedHeaderRow {
  const notes: [string, number][] = [];
  const reading = readHeaderRow(Buffer.from(line), (rule, column) => notes.push([rule, column]));
  if (reading.kind !== 'header') throw new Error(reading.message);
  return { ...reading, notes };
}

describe('the names', () => {
  test('hdr-first-row: a plain header row gives its names and where each column goes', () => {
    expect(header('pcId,param1,param2')).toEqual({
      kind: 'header',
      idKind: 'pcId',
      attributes: ['param1', 'param2'],
      targets: Int32Array.of(-1, 0, 1),
      notes: [],
    });
  });

  test('hdr-3rd-name: the key column may be thirdPartyId', () => {
    expect(header('thirdPartyId,a').idKind).toBe('thirdPartyId');
  });

  test('our-trimmed-blanks: blanks around names are taken off, encoded ones stay', () => {
    expect(header('  pcId , a b , %20c ').attributes).toEqual(['a b', ' c']);
  });

  test('hdr-encoded: names are decoded once', () => {
    expect(header('pcId,caf%C3%A9,%2541').attributes).toEqual(['café', '%41']);
  });

  test('hdr-case: names that differ in case are different names', () => {
    expect(header('pcId,a,A').attributes).toEqual(['a', 'A']);
  });

  test("our-column-names: a blank name has no target, a repeated one has the first one's, and both are noted", () => {
    const { attributes, targets, notes } = header('pcId,a,,b,a, ');
    expect(attributes).toEqual(['a', 'b']);
    expect([...targets]).toEqual([-1, 0, -1, 1, 0, -1]);
    expect(notes).toEqual([
      ['our-column-names', 3],
      ['our-column-names', 5],
      ['our-column-names', 6],
    ]);
  });

  test('our-column-names, our-second-id: an attribute may be called like a key, and is noted', () => {
    expect(header('thirdPartyId,pcId,thirdPartyId')).toMatchObject({
      attributes: ['pcId', 'thirdPartyId'],
      notes: [
        ['our-second-id', 2],
        ['our-second-id', 3],
      ],
    });
  });

  test('hdr-paramname-only: a prefixed name is kept as it stands and noted', () => {
    const { attributes, notes } = header('pcId,profile.a,profile');
    expect(attributes).toEqual(['profile.a', 'profile']);
    expect(notes).toEqual([['hdr-paramname-only', 2]]);
  });

  test('hdr-name-len: 128 characters are fine, 129 are noted', () => {
    expect(header(`pcId,${'x'.repeat(128)}`).notes).toEqual([]);
    expect(header(`pcId,${'x'.repeat(129)}`).notes).toEqual([['hdr-name-len', 2]]);
    expect(header(`pcId,${'%F0%9F%98%80'.repeat(128)}`).notes).toEqual([]);
  });

  test('enc-two-readings: names that a form would read differently are noted', () => {
    expect(header('pcId,a+b,c%2Cd,e').notes).toEqual([
      ['enc-two-readings', 2],
      ['enc-two-readings', 3],
    ]);
  });

  test('names of the object world are names like any other', () => {
    expect(header('pcId,__proto__,constructor,toString').attributes).toEqual(['__proto__', 'constructor', 'toString']);
  });

  test('hdr-no-count-limit: ten thousand columns are read', () => {
    expect(
      header(`pcId,${Array.from({ length: 10_000 }, (_, index) => `p${index}`).join(',')}`).attributes,
    ).toHaveLength(10_000);
  });
});

describe('the refusals', () => {
  test.each(['', 'PCID', 'pcid', 'ThirdPartyId', 'mbox3rdPartyId', 'marketingCloudVisitorId', '"pcId"', 'a,pcId'])(
    'hdr-key-first, hdr-case, hdr-no-ecid: %j is no key column',
    (line) => {
      expect(readHeaderRow(Buffer.from(line))).toMatchObject({
        kind: 'rejection',
        rule: 'hdr-key-first',
        where: { row: 0, column: 1 },
      });
    },
  );

  test.each(['%', '%4', '%zz', '%FF', '%C3', '%ED%A0%80', '%C0%80'])('hdr-encoded: %j is no name', (name) => {
    expect(readHeaderRow(Buffer.from(`pcId,a,${name}`))).toMatchObject({
      kind: 'rejection',
      rule: 'hdr-encoded',
      where: { row: 0, column: 3 },
    });
  });

  test('hdr-key-first: a long wrong name is cut short in the message', () => {
    const reading = readHeaderRow(Buffer.from('x'.repeat(10_000)));
    expect(reading.kind === 'rejection' && reading.message.length).toBeLessThan(150);
  });
});
