import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type { Settings } from '../../../../src/protocol/vocabulary/index.ts';
import { readBatchFile } from '../../../../src/sim/model/batch-file.ts';

/** Rows in short: `id a=1 b=2`, `rule@column`, or `ignored`. */
function read(text: string, settings: Partial<Settings> = {}) {
  const file = readBatchFile(new TextEncoder().encode(text), 'v2', { ...DEFAULT_SETTINGS, ...settings });
  if (file.kind === 'rejection') return file.rule;
  return file.rows.map((row) => {
    if (row.kind === 'ignored') return 'ignored';
    if (row.kind === 'failed') return `${row.rule}@${row.column}`;
    return [row.id, ...row.values.map(({ name, value }) => `${name}=${value}`)].join(' ');
  });
}

function notes(text: string, settings: Partial<Settings> = {}) {
  const file = readBatchFile(new TextEncoder().encode(text), 'v2', { ...DEFAULT_SETTINGS, ...settings });
  return file.kind === 'file' ? file.notes.map(({ rule, row, column }) => `${rule}@${row ?? ''},${column ?? ''}`) : [];
}

describe("the model's reading of a batch file", () => {
  it('our-line-ends, our-trimmed-blanks: CRLF, blank lines and blanks around cells', () => {
    expect(read('batch=thirdPartyId , a\r\n\r\n u1 ,  x%20y \r\n   \nu2,%20\r\n')).toEqual(['u1 a=x y', 'u2 a= ']);
  });
  it('our-column-names: blank names are skipped, the last non-empty cell of a repeated name wins in its place', () => {
    expect(read('batch=pcId,a,,b,a\n1,1,%zz,2,3\n2,1,,2,')).toEqual(['1 b=2 a=3', '2 a=1 b=2']);
    expect(notes('batch=thirdPartyId,a,,a\nu,1')).toEqual(['our-column-names@0,3', 'our-column-names@0,4']);
  });
  it('our-surplus-cells: ignored and noted, or failed', () => {
    expect(read('batch=pcId,a\n1,1,2')).toEqual(['1 a=1']);
    expect(read('batch=pcId,a\n1,1,2', { surplusCells: 'fail' })).toEqual(['our-surplus-cells@3']);
  });
  it('our-body-reading: as a form parameter, `+` is a blank, an encoded comma splits, `&` ends it', () => {
    const text = 'batch=thirdPartyId,a,b\nu1,1+2,x%2Cy%0Du2,9&u3,1';
    expect(read(text)).toEqual(['u1 a=1+2 b=x,y\ru2']);
    expect(read(text, { body: 'form' })).toEqual(['u1 a=1 2 b=x']);
    expect(read('batch=thirdPartyId,a%0au1,%2C&', { body: 'form' })).toEqual(['ignored']);
  });
  it('enc-two-readings: noted where the file was sent, whichever reading is chosen', () => {
    const text = 'batch=thirdPartyId,a%2Cb\nu1,1+2,3%0A';
    expect(notes(text).filter((note) => note.includes('two'))).toEqual([
      'enc-two-readings@0,2',
      'enc-two-readings@1,2',
      'enc-two-readings@1,3',
    ]);
  });
});
