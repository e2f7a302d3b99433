/** What `tpe upload` prints, and the exit code it ends with. */
import { describe, expect, it } from 'vitest';
import { type PartReport, UploadError } from '../../../src/client/index.ts';
import { exitCode } from '../../../src/cli/problem.ts';
import { styleFor } from '../../../src/cli/printable.ts';
import { reportJson, reportReasons, reportText } from '../../../src/cli/upload-report.ts';
import { anUploadReport, aPart, COUNTS, PLAN } from './upload-reports.ts';

const plain = styleFor(false);
const STRICT = { notFoundOk: false, problemsMax: '0' };

describe('the exit code of an upload', () => {
  const cases: readonly (readonly [Partial<PartReport>, number])[] = [
    [{ state: 'done' }, 0],
    [{ state: 'submitted' }, 0],
    [{ state: 'skipped' }, 0],
    [{ state: 'rejected-rows', discrepancy: 'The service counts 6 rows; 5 were sent.' }, 4],
    [{ state: 'failed', error: new UploadError('network', 'No answer.') }, 5],
    [{ state: 'stuck' }, 6],
    [{ state: 'timed-out' }, 6],
    [{ state: 'timed-out', error: new UploadError('link-refused', 'It leads elsewhere.') }, 7],
    [{ state: 'failed', error: new UploadError('refused', 'No.', { status: 403 }) }, 7],
    [{ state: 'interrupted' }, 130],
  ];
  it.each(cases)('of a part that is %o is %i', (part, code) => {
    expect(exitCode(...reportReasons(anUploadReport({ parts: [aPart(part)] }), STRICT))).toBe(code);
  });

  it('is 4 when faulty rows were left out', () => {
    expect(exitCode(...reportReasons(anUploadReport({ skippedRows: 1 }), STRICT))).toBe(4);
  });

  it('is 130 when the signal came between two parts', () => {
    expect(exitCode(...reportReasons(anUploadReport({ state: 'interrupted' }), STRICT))).toBe(130);
  });
});

describe('what is no reason yet for exit code 4', () => {
  const codeOf = (report: Parameters<typeof anUploadReport>[0], thresholds: Partial<typeof STRICT>) =>
    exitCode(...reportReasons(anUploadReport(report), { ...STRICT, ...thresholds }));

  it('is what --not-found-ok names', () => {
    const report = { total: { ...COUNTS, notFound: 2 } };
    expect(codeOf(report, {})).toBe(4);
    expect(codeOf(report, { notFoundOk: true })).toBe(0);
    expect(codeOf({ total: { ...COUNTS, notFound: 2, failed: 1 } }, { notFoundOk: true })).toBe(4);
  });

  it.each([
    ['0', 1, 4],
    ['1', 1, 0],
    ['1', 2, 4],
    ['0.1%', 1, 0],
    ['0.1%', 2, 4],
    ['0%', 0, 0],
    ['100%', 999, 0],
  ])('is as many problems as --problems-max %s: with %i of 1,000 rows it is %i', (problemsMax, failed, code) => {
    const plan = { ...PLAN, rows: 1_000 };
    expect(codeOf({ plan, total: { ...COUNTS, failed } }, { problemsMax })).toBe(code);
    // Rows left out count as the others do.
    expect(codeOf({ plan: { ...plan, rows: 1_000 - failed }, skippedRows: failed }, { problemsMax })).toBe(code);
  });

  it('is never that sizes differ, or that profiles are not there', () => {
    const lenient = { problemsMax: '100%', notFoundOk: true };
    expect(codeOf({ parts: [aPart({ state: 'rejected-rows', discrepancy: 'x' })] }, lenient)).toBe(4);
    const found = { fetched: 1, missing: [], different: [], unknown: 0 };
    expect(codeOf({ verification: found }, lenient)).toBe(0);
    expect(codeOf({ verification: { ...found, missing: ['a'] } }, lenient)).toBe(4);
    expect(codeOf({ verification: { ...found, different: ['a'] } }, lenient)).toBe(4);
  });
});

describe('the report of an upload', () => {
  it('says how many profiles were asked for where some are not there', () => {
    const verification = { fetched: 0, missing: ['a', 'b'], different: [], unknown: 0 };
    expect(reportText(anUploadReport({ verification }), [], plain)).toContain(
      '2 profiles asked for, 0 found and compared',
    );
    const found = { ...verification, fetched: 1, missing: [] };
    expect(reportText(anUploadReport({ verification: found }), [], plain)).toContain('1 profile fetched and compared');
  });

  it('is a table with the sum of all parts', () => {
    const text = reportText(anUploadReport({ parts: [aPart({}), aPart({ part: 2 })] }), [], plain);
    const lines = text.split('\n').map((line) => line.trim().split(/\s{2,}/));
    expect(lines[0]).toEqual([
      'part',
      'state',
      'submitted',
      'updated',
      'not found',
      'failed',
      'ignored',
      'unaccounted',
    ]);
    expect(lines[1]).toEqual(['1', 'done', '5', '5', '0', '0', '0', '0']);
    expect(lines[3]?.[0]).toBe('all');
  });

  it('names the links, the errors, the rows left out and the next commands', () => {
    const error = new UploadError('network', 'No answer from 127.0.0.1.', { attempts: 5 });
    const problem = {
      code: 'id-characters',
      line: 12,
      column: 3,
      message: 'The id has "/".',
      wholeFile: false,
    } as const;
    const report = anUploadReport({
      state: 'failed',
      parts: [aPart({ state: 'failed', error, link: undefined, ambiguousAttempts: 1 })],
      skippedRows: 1,
      problems: { count: 2, counts: { 'id-characters': 2 }, first: [{ ...problem, rule: 'key-3rd-chars' }] },
      error,
    });
    const text = reportText(report, ['tpe upload crm.csv'], plain);
    expect(text).toContain('part 1: No answer from 127.0.0.1. (5 attempts)');
    expect(text).toContain('crm.csv:12:3: The id has "/". (key-3rd-chars)');
    expect(text).toContain('and 1 more');
    expect(text).toContain('it may have been applied');
    expect(text).toMatch(/Next:\n {2}tpe upload crm\.csv\n$/);
  });

  it('says of what kind the rows were that a resumed job left out, since it does not remember which', () => {
    const problems = { count: 3, counts: { 'id-characters': 1, 'blank-id': 2 }, first: [] } as const;
    const text = reportText(anUploadReport({ skippedRows: 3, problems }), [], plain);
    expect(text).toContain('3 rows left out: 3 problems (2 blank-id, 1 id-characters).\n');
    expect(text).not.toContain('more');
    const one = { count: 1, counts: { 'id-characters': 1 }, first: [] } as const;
    const line = reportText(anUploadReport({ skippedRows: 1, problems: one }), [], plain);
    expect(line).toContain('1 row left out: 1 problem (1 id-characters).\n');
  });

  it('says what a lost answer means for a part that was accepted, and for one that was not', () => {
    const note = (part: Partial<PartReport>) =>
      reportText(anUploadReport({ parts: [aPart({ ambiguousAttempts: 1, ...part })] }), [], plain);
    expect(note({ link: undefined })).toContain('applied more than once, which rolled back what somebody else wrote');
    expect(note({ accepted: false, link: undefined })).toContain(
      'it may have been applied; sent again, it rolls back what somebody else has written',
    );
  });

  it('as JSON has errors as data, and no rows', () => {
    const error = new UploadError('refused', 'No.', { status: 403 });
    const json = JSON.stringify(reportJson(anUploadReport({ error, parts: [aPart({ error })] })));
    expect(json).toContain('"error":{"code":"refused","message":"No.","retryable":false,"attempts":0,');
    expect(json).not.toContain('gold');
  });

  it('explains rows that v1 did not find', () => {
    expect(reportText(anUploadReport({ total: { ...COUNTS, notFound: 1 } }), [], plain)).toContain('v1-update-only');
  });
});
