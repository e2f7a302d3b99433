/** `tpe.config.json`: sections, each judged by the schema that judges the same flags. A mistake is told with its path. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { serveOptionsSchema, sourcesSchema } from '../server/index.ts';
import { accountsSchema } from './accounts.ts';
import { assertNoDirectory, judgedJson } from './named-file.ts';
import { withoutDefaults } from './schema-fields.ts';

/** What `tpe serve` may be told by the file: as its flags, but for the token. */
export const serveSchema = withoutDefaults(
  serveOptionsSchema.extend({
    controlToken: z.never({ error: 'a token never stands in a file; set TPE_CONTROL_TOKEN' }).optional(),
  }),
);
const configSchema = z.strictObject({ accounts: accountsSchema, serve: serveSchema, sources: sourcesSchema }).partial();

export type Config = ReturnType<typeof readConfig>;

/** The whole file, whichever command reads it: a mistake in another's section is told all the same. @throws Problem */
export function readConfig(path: string) {
  const text = readFileSync(assertNoDirectory(path), 'utf8');
  const { given, judged } = judgedJson(path, text, configSchema, { reason: 'usage', code: 'bad-config' });
  // As it stands there: it is judged once more, with what flags and variables say.
  const { serve } = given as { readonly serve?: Readonly<Record<string, unknown>> };
  return { ...judged, serve };
}
