/** `tpe.config.json`: sections, each judged by the schema of whoever reads it. A mistake is told with its path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { parseJson } from '../protocol/wire/parse-json.ts';
import { inputIssues } from '../server/input-issues.ts';
import type { Context } from './context.ts';
import { assertNoDirectory } from './named-file.ts';
import { Problem } from './problem.ts';

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
  const sections = sectionsOf(path, context.configFile !== undefined);
  if (sections?.[section] === undefined) return undefined;
  const judged = schema.safeParse(sections[section], { jitless: true });
  if (judged.success) return judged.data;
  const issues = inputIssues(judged.error).map(
    (issue) => `${[section, issue.path].filter(Boolean).join('.')}: ${issue.message}`,
  );
  throw wrong(path, issues.join('; '));
}

function sectionsOf(path: string, isNamed: boolean): Readonly<Record<string, unknown>> | undefined {
  let text: string;
  try {
    text = readFileSync(assertNoDirectory(path), 'utf8');
  } catch (error) {
    if (!isNamed && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw wrong(path, (error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'it holds no object');
  const strange = Object.keys(value).find((name) => !SECTIONS.some((section) => section === name));
  if (strange !== undefined) {
    throw wrong(path, `${JSON.stringify(strange)} is no section; there are ${SECTIONS.join(', ')}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function wrong(path: string, why: string): Problem {
  return new Problem(`${path}: ${why}.`, { reason: 'usage', code: 'bad-config' });
}
