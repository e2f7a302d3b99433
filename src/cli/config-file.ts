/** `tpe.config.json`, read once and judged as a whole, by the schemas that judge the same flags. Loaded where there is one. */
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

const configSchema = z.strictObject({
  accounts: accountsSchema.optional(),
  serve: serveSchema.optional(),
  sources: sourcesSchema.optional(),
});

export type Config = z.output<typeof configSchema> & Readonly<{ path: string }>;

/** Whichever command reads it: a mistake in another's section is told all the same, with its path. @throws Problem */
export function readConfig(path: string): Config {
  const text = readFileSync(assertNoDirectory(path), 'utf8');
  return { path, ...judgedJson(path, text, configSchema, 'bad-config').judged };
}
