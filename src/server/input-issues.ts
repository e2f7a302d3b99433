/** What is wrong with what was sent or said, path by path: `profiles[3].attributes`. */
import type { z } from 'zod';

export interface InputIssue {
  /** Empty where the whole is meant. */
  readonly path: string;
  readonly message: string;
}

/** Each unknown key is an issue of its own, so that its path can be named. */
export function inputIssues({ issues }: z.ZodError): readonly InputIssue[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: 'There is no such field' }))
      : [{ path: pathText(issue.path), message: issue.message }],
  );
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}
