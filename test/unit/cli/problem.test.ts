/** Failures as one line, and as one object. */
import { describe, expect, it } from 'vitest';
import { UploadError } from '../../../src/client/index.ts';
import { problemOf, Problem } from '../../../src/cli/problem.ts';
import { EmulatorError } from '../../../src/server/index.ts';

describe('a problem', () => {
  it('is one line: what happened, where, and the next command', () => {
    const problem = new Problem('crm.csv is gone\n  since today', {
      reason: 'invalidInput',
      code: 'gone',
      next: 'tpe upload other.csv',
    });
    expect(problem.toLine()).toBe('tpe: crm.csv is gone; since today. Next: tpe upload other.csv');
    expect(problem.toJson()).toEqual({
      error: { code: 'gone', message: 'crm.csv is gone\n  since today', next: 'tpe upload other.csv' },
      exitCode: 3,
    });
  });

  it('of a taken port is temporary and names the way out', async () => {
    const problem = await problemOf(new EmulatorError('port-in-use', 'Port 8181 of 127.0.0.1 is taken.'));
    expect(problem.exitCode).toBe(5);
    expect(problem.toLine()).toContain('Next: tpe serve --port 0');
  });

  it('of an address that is none of this machine is wrong usage', async () => {
    expect((await problemOf(new EmulatorError('address-unavailable', 'x'))).exitCode).toBe(2);
  });

  it('of a network that fails is temporary', async () => {
    expect((await problemOf(new UploadError('network', 'The connection failed.'))).exitCode).toBe(5);
  });

  it.each([
    ['state-unusable', true, 5],
    ['state-unusable', false, 2],
    ['spool-unusable', true, 5],
    ['spool-unusable', false, 7],
    ['options-invalid', false, 2],
    ['interrupted', true, 130],
  ] as const)('of an upload, %s, that passes: %s, ends with %i', async (code, retryable, exit) => {
    expect((await problemOf(new UploadError(code, 'It is so.', { retryable }))).exitCode).toBe(exit);
  });

  it('of a missing file names the file', async () => {
    const error = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', path: 'crm.csv' });
    expect((await problemOf(error)).toLine()).toBe('tpe: crm.csv: there is no such file.');
    expect((await problemOf(error)).exitCode).toBe(3);
  });

  it('that nobody expected is called a bug', async () => {
    const problem = await problemOf(new TypeError('x is not a function'));
    expect(problem.exitCode).toBe(1);
    expect(problem.message).toContain('bug of target-profile-emulator');
    expect((await problemOf('a text')).exitCode).toBe(1);
  });
});
