/** `--map FILE`: the options about the input as JSON, where a command line would be too long or a name too odd. */
import { inputOptionsSchema } from '../client/index.ts';
import { parseJson } from '../protocol/wire/index.ts';
import { readNamedFile } from './named-file.ts';
import { Problem } from './problem.ts';
import type { Field } from './schema-fields.ts';

export const MAP_FIELD: Field = {
  name: 'map',
  flag: '--map',
  env: 'TPE_MAP',
  kind: 'text',
  choices: [],
  default: undefined,
  description: 'JSON file with options about the input, such as {"rename":{"a, b":"ab"}}; flags win.',
};

/** Takes `map` out of what was given, and puts in what the file says and nothing else does. */
export async function withMappingFile(given: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { map, ...rest } = given;
  return typeof map === 'string' ? { ...(await readMappingFile(map)), ...rest } : rest;
}

/** Only what it says: no defaults. */
async function readMappingFile(path: string): Promise<object> {
  const wrong = (message: string, cause?: unknown) =>
    new Problem(`${path}: ${message}`, { reason: 'usage', code: 'bad-option', cause });
  const text = await readNamedFile(path);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw wrong(`this is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const parsed = inputOptionsSchema.safeParse(value, { jitless: true });
  if (!parsed.success) {
    throw wrong(
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`).join('; '),
    );
  }
  return value as object;
}
