/** What was refused, as data for a reader: what is thrown in process is told over HTTP. */
import { z } from 'zod';
import { type InputIssue, inputIssues } from '../input-issues.ts';
import { VerificationError } from '../journal/verification-error.ts';
import { EmulatorError, type EmulatorErrorCode } from '../runtime/emulator-error.ts';
import { entryJson } from './entry-json.ts';
import { Told } from './operation.ts';

/** Issues named in one reply, and looked for in one list; a body of a million wrong fields gets no reply of a million lines. */
export const ISSUES_MAX = 100;

/** For what is not there (404), or not possible as things stand (409). */
export function refusal(
  status: 400 | 404 | 409 | 413 | 503,
  code: string,
  message: string,
  more: RefusalMore = {},
): Told {
  const { issues = [], ...rest } = more;
  return new Told(status, { error: { code, message: `target-profile-emulator: ${message}`, issues }, ...rest });
}

interface RefusalMore {
  readonly issues?: readonly InputIssue[];
  readonly [field: string]: unknown;
}

export function badInput(issues: readonly InputIssue[], takes = ''): Told {
  const [first] = issues;
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `;
  const isTooMuch = issues.some(({ message }) => /^There is no such field|^Takes no body/.test(message));
  const hint = isTooMuch ? `. ${takes}` : '';
  return refusal(400, 'bad-input', `the request is not valid. ${where}${first?.message ?? ''}${hint}`, { issues });
}

/** Undefined for what nobody expected. `takes` says what the operation takes. */
export function refusalOf(error: unknown, takes?: string): Told | undefined {
  if (error instanceof z.ZodError) return badInput(inputIssues(error, ISSUES_MAX), takes);
  if (error instanceof VerificationError) {
    const { code, message, count, seen } = error;
    return refusal(409, code, message, code === 'journal-off' ? {} : { count, seen: seen.map(entryJson) });
  }
  const status = error instanceof EmulatorError ? EXPECTED[error.code] : undefined;
  return error instanceof EmulatorError && status !== undefined
    ? refusal(status, error.code, error.message)
    : undefined;
}

/** Of the operating errors, those that a request brings about. */
const EXPECTED: { readonly [Code in EmulatorErrorCode]?: 404 | 409 | 503 } = {
  closed: 503,
  'snapshots-full': 409,
  'unknown-snapshot': 404,
};
