/** The commands that an unhappy upload ends with. */
import { describe, expect, it } from 'vitest';
import { UploadError } from '../../../src/client/index.ts';
import { commandLine, nextCommands, resumeCommandLine } from '../../../src/cli/printed-command.ts';
import { UPLOAD_FIELDS } from '../../../src/cli/upload-fields.ts';
import { anUploadReport, aPart } from './upload-reports.ts';

const uploadCommandLine = (files: string, options: object, changes: object) =>
  commandLine('tpe upload', files, UPLOAD_FIELDS, { ...options, ...changes });

const given = { endpoint: 'http://127.0.0.1:8181', client: 'demo', rename: { a: 'b' }, drop: ['x', 'y'], wait: false };

const after = (report: Parameters<typeof anUploadReport>[0]) =>
  nextCommands({
    report: anUploadReport(report),
    resume: (job) => resumeCommandLine(job, ' --state /s'),
    command: (changes) => uploadCommandLine('crm.csv', {}, changes),
    endpoint: 'http://127.0.0.1:8181',
  });
const RESUME = ['tpe upload --resume 20260101-000000-aaaaa --state /s'];

describe('the next command', () => {
  it('repeats what was said, ready to paste', () => {
    expect(uploadCommandLine('my file.csv', given, { onlyPart: [3, 4] })).toBe(
      "tpe upload 'my file.csv' --endpoint http://127.0.0.1:8181 --client demo --rename a=b --drop x,y --only-part 3,4 --no-wait",
    );
  });

  it.each([
    { state: 'submitted' as const },
    { state: 'timed-out' as const },
    { state: 'stuck' as const },
    { state: 'interrupted' as const, accepted: false },
    { state: 'skipped' as const, accepted: false },
    { state: 'failed' as const, accepted: false, error: new UploadError('network', 'No answer.') },
    { state: 'failed' as const, accepted: false, error: new UploadError('refused', 'No.', { status: 401 }) },
    { state: 'failed' as const, accepted: false, error: new UploadError('refused', 'No.', { status: 403 }) },
    { state: 'failed' as const, accepted: false, error: new UploadError('untrusted', 'No.') },
  ])('of a remembered job with a part like %j goes on with it by its name', (part) => {
    expect(after({ parts: [aPart(part)] })).toEqual(RESUME);
  });

  it.each([
    { state: 'done' as const },
    { state: 'rejected-rows' as const },
    { state: 'not-sent' as const, accepted: false },
    { state: 'failed' as const, accepted: false, error: new UploadError('refused', 'No.', { status: 413 }) },
    { state: 'timed-out' as const, error: new UploadError('link-refused', 'No.') },
  ])('is none where going on does not help, as with a part like %j', (part) => {
    expect(after({ parts: [aPart(part)] })).toEqual([]);
  });

  it('of an upload that nobody remembers asks for its links, and sends it anew', () => {
    const link = 'http://127.0.0.1:8181/m2/demo/profile/batchStatus?batchId=demo-1-2';
    const error = new UploadError('network', 'No answer.');
    const parts = [aPart({ state: 'timed-out' }), aPart({ part: 2, state: 'failed', accepted: false, error })];
    expect(after({ job: undefined, openLinks: [link], parts })).toEqual([
      `tpe status '${link}' --wait --endpoint http://127.0.0.1:8181`,
      'tpe upload crm.csv',
    ]);
  });

  it('keeps a file whose name begins with a dash apart from a flag', () => {
    expect(uploadCommandLine('--json', {}, {})).toBe('tpe upload ./--json');
    expect(uploadCommandLine('-', {}, {})).toBe('tpe upload -');
  });
});
