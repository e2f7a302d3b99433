/** `--map FILE`: the options about the input as JSON, where a command line would be too long or a name too odd. */
import { z } from 'zod';
import { inputOptionsSchema } from '../client/index.ts';
import { judgedJson, readNamedFile } from './named-file.ts';
import { fieldsOf } from './schema-fields.ts';

const mapSchema = z.strictObject({
  map: z
    .string()
    .optional()
    .describe('JSON file with options about the input, such as {"rename":{"a, b":"ab"}}; flags win.'),
});
export const MAP_FIELDS = fieldsOf(mapSchema, () => true);

/** Takes `map` out of what was given, and puts in what the file says, without defaults, and nothing else does. */
export async function withMappingFile(given: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { map, ...rest } = given;
  if (typeof map !== 'string') return rest;
  const file = judgedJson(map, await readNamedFile(map), inputOptionsSchema, 'bad-option').given;
  return { ...(file as object), ...rest };
}
