/** The commands that an unhappy upload ends with. */
import { describe, expect, it } from 'vitest';
import { nextCommands, uploadCommandLine } from '../../../src/cli/next-command.ts';
import { anUploadReport, aPart } from './upload-reports.ts';

const given = { endpoint: 'http://127.0.0.1:8181', client: 'demo', rename: { a: 'b' }, drop: ['x', 'y'], wait: false };

const typed = (changes: Readonly<Record<string, unknown>>) => uploadCommandLine('crm.csv', {}, changes);

describe('the next command', () => {
  it('repeats what was typed, ready to paste', () => {
    expect(uploadCommandLine('my file.csv', given, { fromPart: 3 })).toBe(
      "tpe upload 'my file.csv' --endpoint http://127.0.0.1:8181 --client demo --rename a=b --drop x,y --from-part 3 --no-wait",
    );
  });

  it('asks for open links first, then goes on where sending stopped', () => {
    const link = 'http://127.0.0.1:8181/m2/demo/profile/batchStatus?batchId=demo-1-2';
    const report = anUploadReport({ state: 'interrupted', openLinks: [link], nextPart: 2 });
    expect(nextCommands(report, typed, { endpoint: 'http://127.0.0.1:8181', client: 'demo' })).toEqual([
      `tpe status '${link}' --wait --endpoint http://127.0.0.1:8181`,
      'tpe upload crm.csv --from-part 2',
    ]);
  });

  it('sends a stuck part again, and what comes after it', () => {
    const parts = [
      aPart({}),
      aPart({ part: 2, state: 'stuck' }),
      aPart({ part: 3, state: 'not-sent', accepted: false }),
    ];
    const report = anUploadReport({ state: 'stuck', parts, nextPart: 3 });
    expect(nextCommands(report, typed, { endpoint: 'e', client: 'c' })).toEqual(['tpe upload crm.csv --from-part 2']);
  });

  it('keeps a file whose name begins with a dash apart from a flag', () => {
    expect(uploadCommandLine('--json', {}, {})).toBe('tpe upload ./--json');
    expect(uploadCommandLine('-', {}, {})).toBe('tpe upload -');
  });

  it('is none when all is well', () => {
    expect(nextCommands(anUploadReport({}), () => 'x', { endpoint: 'e', client: 'c' })).toEqual([]);
  });
});
