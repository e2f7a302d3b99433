/** Every section of the config file that some command reads, judged by the schema that judges the same flags. */
import { z } from 'zod';
import { serveOptionsSchema, sourcesSchema } from '../server/index.ts';
import { accountsSchema } from './accounts.ts';
import { readConfig } from './config-file.ts';
import type { Context } from './context.ts';
import { withoutDefaults } from './schema-fields.ts';

/** What `tpe serve` may be told by the file: as its flags, but for the token. */
export const serveSchema = withoutDefaults(
  serveOptionsSchema.extend({
    controlToken: z.never({ error: 'a token never stands in a file; set TPE_CONTROL_TOKEN' }).optional(),
  }),
);

/** The whole file, whichever command reads it: a mistake in another's section is told all the same. @throws Problem */
export function judgeConfig(context: Pick<Context, 'directory' | 'configFile'>): void {
  readConfig(context, 'accounts', accountsSchema);
  readConfig(context, 'serve', serveSchema);
  readConfig(context, 'sources', sourcesSchema);
}
