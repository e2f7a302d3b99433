import { describe, expect, it } from 'vitest';
import { checkBatchFile } from '../../../../src/client/index.ts';
import { BATCH_FILE_BYTES_LIMIT, BATCH_ROWS_MAX } from '../../../../src/protocol/vocabulary/index.ts';
import { chunksOf } from '../support.ts';

const check = (text: string | Uint8Array, chunkBytes?: number) => checkBatchFile(chunksOf(text, chunkBytes));

/** A batch file with one row, of exactly so many bytes. */
const fileOf = (bytes: number) => Buffer.concat([Buffer.from('batch=pcId,a\n1,'), Buffer.alloc(bytes - 15, 'x')]);

describe('checkBatchFile', () => {
  it('finds nothing wrong with the sample of the documentation', async () => {
    const report = await check(
      'batch=pcId,param1,param2,param3,param4\n123,value1\n124,value1,,,value4\n125,,value2\n126,value1,value2,value3,value4\n',
    );
    expect(report).toMatchObject({ kind: 'fine', rows: 4, idKind: 'pcId', failedRows: 0, failures: [] });
  });

  it.each([
    ['err-batch-missing', 'pcId,a\n1,x\n'],
    ['err-batch-missing', ''],
    ['hdr-key-first', 'batch=id,a\n1,x\n'],
    ['hdr-encoded', 'batch=pcId,%zz\n1,x\n'],
  ])('%s: refuses the whole file %j', async (rule, text) => {
    expect(await check(text)).toMatchObject({ kind: 'refused', rejection: { rule } });
  });

  it('names row, column and rule of rows that would fail, and goes on', async () => {
    const report = await check('batch=thirdPartyId,a,b\nok,1\na/b,1\n\nx,%zz\ny,,%e6\n,1\nempty,,\n', 3);
    expect(report).toMatchObject({ kind: 'faulty', rows: 6, failedRows: 4, ignoredRows: 1 });
    expect(report.failures).toEqual([
      { kind: 'failed', row: 2, column: 1, rule: 'key-3rd-chars' },
      { kind: 'failed', row: 3, column: 2, rule: 'our-undecodable' },
      { kind: 'failed', row: 4, column: 3, rule: 'our-undecodable' },
      { kind: 'failed', row: 5, column: 1, rule: 'our-blank-key' },
    ]);
  });

  it('our-not-utf8: fails the row with raw bytes that are not UTF-8, with or without a final line feed', async () => {
    for (const end of ['', '\n', '\ny,fine\n']) {
      const file = Buffer.from(`batch=pcId,a\nok,1\nx,Z\xfcrich${end}`, 'latin1');
      for (const chunkBytes of [1, 100]) {
        const report = await check(file, chunkBytes);
        expect(report.failures).toEqual([{ kind: 'failed', row: 2, rule: 'our-not-utf8' }]);
      }
    }
  });

  it('hdr-encoded: refuses a header row with raw bytes that are not UTF-8', async () => {
    const report = await check(Buffer.from('batch=pcId,Stra\xdfe\n1,x\n', 'latin1'));
    expect(report).toMatchObject({ kind: 'refused', rejection: { rule: 'hdr-encoded', where: { row: 0 } } });
  });

  it('notes what changes no answer, counted', async () => {
    const report = await check('\uFEFFbatch=pcId,a\n1,a+b\n2,c+d\n3,null\n');
    expect(report.kind).toBe('fine');
    const counts = Object.fromEntries(report.diagnostics.map(({ rule, count }) => [rule, count]));
    expect(counts).toMatchObject({ 'our-byte-order-mark': 1, 'enc-two-readings': 2, 'empty-null-word': 1 });
    expect(report.diagnostics.find(({ rule }) => rule === 'enc-two-readings')?.first[0]).toEqual({ row: 1, column: 2 });
  });

  it('judges by other readings on demand', async () => {
    const text = 'batch=thirdPartyId,a\na/b,1\nc,1,surplus\n';
    expect(await check(text)).toMatchObject({ failedRows: 1 });
    const report = await checkBatchFile(chunksOf(text), { illegalIds: 'accept', surplusCells: 'fail' });
    expect(report.failures).toEqual([{ kind: 'failed', row: 2, column: 3, rule: 'our-surplus-cells' }]);
  });

  it('lim-rows: refuses one row too many', async () => {
    const rows = '1,x\n'.repeat(BATCH_ROWS_MAX);
    expect(await check(`batch=pcId,a\n${rows}`)).toMatchObject({ kind: 'fine', rows: BATCH_ROWS_MAX });
    expect(await check(`batch=pcId,a\n${rows}1,x\n`)).toMatchObject({
      kind: 'refused',
      rejection: { rule: 'lim-rows' },
    });
  });

  it('lim-file-size, our-size-boundary: refuses 50 MiB, warns from 50,000,000 bytes', async () => {
    const report = await check(fileOf(BATCH_FILE_BYTES_LIMIT), 1 << 20);
    expect(report).toMatchObject({ kind: 'refused', rejection: { rule: 'lim-file-size' } });
    const under = await check(fileOf(BATCH_FILE_BYTES_LIMIT - 1), 1 << 20);
    expect(under).toMatchObject({ kind: 'fine', bytes: BATCH_FILE_BYTES_LIMIT - 1 });
    expect(under.diagnostics.map(({ rule }) => rule)).toContain('lim-file-size');
  });
});
