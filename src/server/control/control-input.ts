/** Parses what was sent to our own API, or says what is wrong with it, path by path. */
import type { z } from 'zod';
import { ourClientCode } from '../../protocol/rules/index.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { readBoundedBody } from '../http/bounded-body.ts';
import { ownError } from '../http/own-error.ts';
import type { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import { type InputIssue, inputIssues } from '../input-issues.ts';

const CONTROL_BODY_BYTES_MAX = 1024 * 1024;
/** Profiles to start with come in one call. */
export const SEED_BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Issues named in one reply; a body of a million wrong fields gets no reply of a million lines. */
const ISSUES_MAX = 100;

/** A `Reply` is the refusal, ready to send. */
export async function controlBody<Schema extends z.ZodType>(
  c: EmulatorContext,
  schema: Schema,
  bytesMax = CONTROL_BODY_BYTES_MAX,
): Promise<z.output<Schema> | Reply> {
  const bytes = await readBoundedBody(c.get('call').body, bytesMax);
  if (bytes === 'too-large') {
    return ownError({ status: 413, code: 'too-large', message: `the body exceeds ${bytesMax} bytes.` });
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return badInput([
      { path: '', message: `The body is not JSON: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  }
  return parsed(schema, json);
}

/** Query parameters, each at most once. */
export function controlQuery<Schema extends z.ZodType>(c: EmulatorContext, schema: Schema): z.output<Schema> | Reply {
  const parameters = new URL(c.req.url).searchParams;
  const twice = [...new Set(parameters.keys())].filter((name) => parameters.getAll(name).length > 1);
  if (twice.length > 0) return badInput(twice.map((path) => ({ path, message: 'Given more than once' })));
  return parsed(schema, Object.fromEntries(parameters));
}

export function controlClient(text: string): ClientCode | Reply {
  const client = ourClientCode.decide(text);
  return typeof client === 'string' ? client : badInput([{ path: 'client', message: client.message }]);
}

export function badInput(issues: readonly InputIssue[]): Reply {
  const [first] = issues;
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `;
  return ownError({
    status: 400,
    code: 'bad-input',
    message: `the request is not valid. ${where}${first?.message ?? ''}`,
    issues: issues.slice(0, ISSUES_MAX),
  });
}

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> | Reply {
  const result = schema.safeParse(input);
  return result.success ? result.data : badInput(inputIssues(result.error));
}
