/** Files of what did not get through that could not be written: the report is printed, says so, and the exit code is not 0. */
import { expect, it } from 'vitest';
import { UploadError } from '../../../src/client/index.ts';
import { exitCode } from '../../../src/cli/problem.ts';
import { styleFor } from '../../../src/cli/printable.ts';
import { reportReasons, reportText } from '../../../src/cli/upload-report.ts';
import { anUploadReport } from './upload-reports.ts';

it('outcomes that could not be written are told below the table, and end with 5', () => {
  const report = anUploadReport({
    outcomesError: new UploadError('spool-unusable', 'Cannot write the outcomes to x.'),
  });
  expect(exitCode(...reportReasons(report, { notFoundOk: false, problemsMax: '0' }))).toBe(5);
  const text = reportText(report, [], styleFor(false));
  expect(text).toContain('done');
  expect(text).toContain('\nCannot write the outcomes to x.\n');
});
