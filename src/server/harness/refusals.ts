/** What was refused, as data for a reader: what is thrown in process is told over HTTP. */
import { z } from 'zod';
import { type InputIssue, inputIssues } from '../input-issues.ts';
import { VerificationError } from '../journal/expectation.ts';
import { EmulatorError, type EmulatorErrorCode } from '../runtime/emulator-error.ts';
import { entryJson } from './as-json.ts';
import { Told } from './operation.ts';

/** Issues named in one reply, and looked for in one list; a body of a million wrong fields gets no reply of a million lines. */
export const ISSUES_MAX = 100;

/** For what is not there (404), or not possible as things stand (409). */
export function refusal(
  status: 400 | 404 | 409 | 413 | 503,
  code: string,
  message: string,
  { issues = [], ...more }: { readonly issues?: readonly InputIssue[]; readonly [field: string]: unknown } = {},
): Told {
  return new Told(status, { error: { code, message: `target-profile-emulator: ${message}`, issues }, ...more });
}

/** Undefined for what nobody expected. `takes` says what the operation takes. */
export function refusalOf(error: unknown, takes = ''): Told | undefined {
  if (error instanceof z.ZodError) return badInput(inputIssues(error, ISSUES_MAX), takes);
  if (error instanceof VerificationError) {
    const { code, message, count, seen } = error;
    return refusal(409, code, message, code === 'journal-off' ? {} : { count, seen: seen.map(entryJson) });
  }
  if (!(error instanceof EmulatorError)) return undefined;
  const status = EXPECTED[error.code];
  return status && refusal(status, error.code, error.message);
}

function badInput(issues: readonly InputIssue[], takes: string): Told {
  const [{ path, message } = { path: '', message: '' }] = issues;
  const isTooMuch = issues.some((issue) => /^There is no such field|^Takes no body/.test(issue.message));
  const first = `${path && `${path}: `}${message}${isTooMuch ? `. ${takes}` : ''}`;
  return refusal(400, 'bad-input', `the request is not valid. ${first}`, { issues });
}

/** Of the operating errors, those that a request brings about. */
const EXPECTED: { readonly [Code in EmulatorErrorCode]?: 404 | 409 | 503 } = {
  closed: 503,
  'snapshots-full': 409,
  'unknown-snapshot': 404,
  'file-gone': 409,
};
