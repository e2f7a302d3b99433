/** `tpe.config.json`: sections, each judged by the schema of whoever reads it. A mistake is told with its path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from './context.ts';
import { assertNoDirectory, judgedJson } from './named-file.ts';

export const CONFIG_FILE = 'tpe.config.json';

/** What may stand at the top. */
const SECTIONS = ['accounts', 'serve', 'sources'] as const;
export type ConfigSection = (typeof SECTIONS)[number];

/** Undefined where there is no file, or no such section in it; a file that was named must be there. @throws Problem */
export function readConfig<Schema extends z.ZodType>(
  context: Pick<Context, 'directory' | 'configFile'>,
  section: ConfigSection,
  schema: Schema,
): z.output<Schema> | undefined {
  const path = context.configFile ?? join(context.directory, CONFIG_FILE);
  let text: string;
  try {
    text = readFileSync(assertNoDirectory(path), 'utf8');
  } catch (error) {
    if (context.configFile === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const sections = Object.fromEntries(
    SECTIONS.map((name) => [name, name === section ? schema.optional() : z.unknown().optional()]),
  );
  const { judged } = judgedJson(path, text, z.strictObject(sections), { reason: 'usage', code: 'bad-config' });
  return judged[section] as z.output<Schema> | undefined;
}
