/** What is wrong with what was sent or said, path by path: `profiles[3].attributes`. */
import { z } from 'zod';

export interface InputIssue {
  /** Empty where the whole is meant. */
  readonly path: string;
  readonly message: string;
}

/**
 * The issues of a `ZodError`, the first `issuesMax` of them (default: all). Each unknown key is one of its own, so that its
 * path can be named.
 *
 * @example
 * const result = emulatorOptionsSchema.safeParse({ pace: 'soon' });
 * if (!result.success) for (const { path, message } of inputIssues(result.error)) console.log(`${path}: ${message}`);
 */
export function inputIssues({ issues }: z.ZodError, issuesMax = Infinity): readonly InputIssue[] {
  const found = issues.slice(0, issuesMax).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
    const keys = issue.keys.slice(0, issuesMax);
    return keys.map((key) => ({ path: pathText([...issue.path, key]), message: 'There is no such field' }));
  });
  return found.slice(0, issuesMax);
}

function pathText(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.join('').replace(/^\./, '');
}

/** Refuses the input at these places, which no schema could know alone. */
export function refuseInput(...issues: readonly { path: readonly (string | number)[]; message: string }[]): never {
  throw new z.ZodRealError(
    issues.map(({ path, message }) => ({ code: 'custom', path: [...path], message, input: undefined })),
  );
}

/** The same of one field, where that is so. */
export function refuseIf(isWrong: boolean, field: string, message: string): void {
  if (isWrong) refuseInput({ path: [field], message });
}

/** Deeper than any input of ours, lists left out. */
const DEPTH_MAX = 6;

/** Refuses objects that show no fields where fields are told: a schema would take them for objects without any. */
export function refuseOpaque(given: unknown, path: readonly string[] = []): void {
  if (isOpaque(given)) refuseInput({ path, message: 'Must be a plain object' });
  if (typeof given !== 'object' || given === null || Array.isArray(given) || path.length > DEPTH_MAX) return;
  for (const [name, inner] of Object.entries(given)) refuseOpaque(inner, [...path, name]);
}

/** A Map, a promise that nobody awaited, a getter's object: it shows no field of its own, and `{}` is not what was meant. */
export function isOpaque(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length > 0)
    return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  // Of whatever realm: a runner of tests may have one of its own.
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}
