/** What is told while an upload runs. */
import { describe, expect, it } from 'vitest';
import { type Progress, UploadError } from '../../../src/client/index.ts';
import { progressDisplay } from '../../../src/cli/progress-display.ts';
import { fakeContext } from './fake-context.ts';
import { PLAN, aPart } from './upload-reports.ts';

const T = '1970-01-01T00:00:00Z ';

const STORY: readonly Progress[] = [
  { kind: 'reading', rows: 5, bytes: 100, bytesMax: 200 },
  { kind: 'planned', plan: PLAN, job: 'j' },
  { kind: 'splitting', rows: 5, rowsMax: 5 },
  { kind: 'sending', part: 1, attempt: 1, bytes: 0, bytesMax: 120, left: 49 },
  { kind: 'sending', part: 1, attempt: 1, bytes: 60, bytesMax: 120, left: 49 },
  { kind: 'retrying', part: 1, attempt: 2, afterMs: 1500, error: new UploadError('network', 'No answer.') },
  { kind: 'pacing', ms: 60_000, reason: 'window-closed' },
  { kind: 'submitted', part: 1, link: 'http://h/s?batchId=1' },
  { kind: 'status', part: 1, status: 'incomplete', consumed: 0, rows: 5 },
  { kind: 'status', part: 1, status: 'incomplete', consumed: 0, rows: 5 },
  { kind: 'settled', report: aPart({}) },
];

describe('progress', () => {
  it('is a line for each event where nobody watches, and never on standard output', async () => {
    const context = fakeContext();
    const display = await progressDisplay(context);
    for (const progress of STORY) display.show(progress);
    display.stop();
    expect(context.complained().trimEnd().split('\n')).toEqual([
      `${T}job j: read 5 rows: 120 bytes in 1 part`,
      `${T}sending part 1`,
      `${T}0.0 of 0.0 MB, 2 of 5 rows, part 1 of 1, 49 calls left this minute`,
      `${T}part 1, attempt 2 again in 2 s: No answer.`,
      `${T}waiting 60 s: the service asked to be left alone (503, 429)`,
      `${T}part 1 accepted: http://h/s?batchId=1`,
      `${T}part 1: incomplete, 0 of 5 rows applied`,
      `${T}part 1: done`,
    ]);
    expect(context.printed()).toBe('');
  });

  it('is an object for each event where that is asked for, with its time and job, and without what rows hold', async () => {
    const context = fakeContext();
    const display = await progressDisplay(context, 'json');
    for (const progress of STORY) display.show(progress);
    const events = context
      .complained()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ kind }) => kind)).toEqual([
      'planned',
      'sending',
      'sending',
      'retrying',
      'pacing',
      'submitted',
      'status',
      'settled',
    ]);
    for (const event of events) expect(event).toMatchObject({ time: '1970-01-01T00:00:00Z', job: 'j' });
    expect(events[2]).toMatchObject({ totals: { bytes: 60, bytesMax: 120, rows: 2, rowsMax: 5, callsLeft: 49 } });
    expect(events[3]).toMatchObject({ error: { code: 'network', message: 'No answer.' } });
    expect(JSON.stringify(events)).not.toContain('gold');
  });

  it('says of each part how many there are', async () => {
    const context = fakeContext();
    const display = await progressDisplay(context);
    const [part] = PLAN.parts;
    display.show({ kind: 'planned', plan: { ...PLAN, parts: [part!, { ...part!, part: 2 }] }, job: 'j' });
    display.show({ kind: 'sending', part: 2, attempt: 1, bytes: 0, bytesMax: 120, left: 49 });
    display.show({
      kind: 'retrying',
      part: 2,
      attempt: 2,
      afterMs: 1500,
      error: new UploadError('network', 'No answer.'),
    });
    display.show({ kind: 'status', part: 2, status: 'incomplete', consumed: 0, rows: 5 });
    expect(context.complained().trimEnd().split('\n').slice(1)).toEqual([
      `${T}0.0 of 0.0 MB, 5 of 5 rows, part 2 of 2, 49 calls left this minute`,
      `${T}part 2 of 2, attempt 2 again in 2 s: No answer.`,
      `${T}part 2 of 2: incomplete, 0 of 5 rows applied`,
    ]);
  });

  it('is a line for each tenth that is applied, however often somebody asks', async () => {
    const context = fakeContext();
    const display = await progressDisplay(context);
    const [rows, part] = [1000, 1];
    for (let consumed = 0; consumed <= rows; consumed += 1) {
      display.show({ kind: 'status', part, status: 'incomplete', consumed, rows });
    }
    display.show({ kind: 'status', part, status: 'complete', consumed: rows, rows });
    const lines = context.complained().trimEnd().split('\n');
    expect(lines).toHaveLength(12);
    expect(lines.slice(-3)).toEqual([
      `${T}part 1: incomplete, 900 of 1000 rows applied`,
      `${T}part 1: incomplete, 1000 of 1000 rows applied`,
      `${T}part 1: complete, 1000 of 1000 rows applied`,
    ]);
  });

  it('is no line for what each of several parts has said before', async () => {
    const context = fakeContext();
    const display = await progressDisplay(context);
    for (let asked = 0; asked < 10; asked += 1) {
      for (const part of [1, 2]) display.show({ kind: 'status', part, status: 'incomplete', consumed: 0, rows: 5 });
    }
    expect(context.complained().trimEnd().split('\n')).toHaveLength(2);
  });

  it('is a bar where somebody watches, gone at the end', async () => {
    const context = { ...fakeContext(), progress: 'bar' as const };
    const display = await progressDisplay(context);
    for (const progress of STORY) display.show(progress);
    display.stop();
    expect(context.printed()).toBe('');
  });
});
