/** `tpe.config.json`: sections, each judged by the schema of whoever reads it. A mistake is told with its path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { assertNoDirectory } from './named-file.ts';
import { Problem } from './problem.ts';

export const CONFIG_FILE = 'tpe.config.json';

/** What may stand at the top. */
const SECTIONS = ['accounts', 'serve', 'sources'] as const;
export type ConfigSection = (typeof SECTIONS)[number];

/** Undefined where there is no file, or no such section in it. @throws Problem */
export function readConfig<Schema extends z.ZodType>(
  directory: string,
  section: ConfigSection,
  schema: Schema,
): z.output<Schema> | undefined {
  const path = join(directory, CONFIG_FILE);
  const sections = sectionsOf(path);
  if (sections?.[section] === undefined) return undefined;
  const judged = schema.safeParse(sections[section], { jitless: true });
  if (judged.success) return judged.data;
  const issues = judged.error.issues.map((issue) => `${[section, ...issue.path].join('.')}: ${issue.message}`);
  throw wrong(path, issues.join('; '));
}

function sectionsOf(path: string): Readonly<Record<string, unknown>> | undefined {
  let text: string;
  try {
    text = readFileSync(assertNoDirectory(path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
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
