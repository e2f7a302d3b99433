/** The tables in README and docs that derive from the code: stale is red, and `npm run docs` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { emulatorOptionsSchema, execOptionsSchema } from '../../src/server/index.ts';
import { EXIT_CODES, EXIT_MEANINGS, type ExitReason } from '../../src/cli/problem.ts';
import { SERVE_FIELDS } from '../../src/cli/commands/serve.ts';
import { UPLOAD_FIELDS } from '../../src/cli/upload-fields.ts';
import { fallbackText, type Field, flagOf } from '../../src/cli/schema-fields.ts';
import type { Judgement } from '../../bench/context.ts';
import { GOALS } from '../../bench/goals.ts';
import { controlReference } from '../../scripts/control-reference.ts';
import { type DrillReport, drillTable, REPORT_FILE } from '../../scripts/drill/report.ts';
import { OPERATIONS } from '../../src/server/harness/operations.ts';

/** Those that people need first. */
const FIRST = ['port', 'data', 'memory', 'profiles', 'pace', 'clock', 'faults', 'mode', 'allowHost', 'controlToken'];

const SECTIONS = [
  { file: 'README.md', name: 'options:serve-first', text: optionTable(firstFields()) },
  { file: 'docs/reference/serve.md', name: 'options:serve', text: optionTable(runningFirst(SERVE_FIELDS)) },
  { file: 'docs/uploading.md', name: 'options:upload', text: optionTable(UPLOAD_FIELDS) },
  { file: 'docs/uploading.md', name: 'exit-codes', text: exitCodeTable() },
  { file: 'docs/performance.md', name: 'figures', text: figureTable() },
  { file: 'docs/reliability.md', name: 'drills', text: drillTable(drillReports()) },
  { file: 'docs/control-api.md', name: 'operations', text: operationTable(OPERATIONS) },
];

it.each(SECTIONS)('$file has the $name of the code, or of the last whole bench', async ({ file, name, text }) => {
  const before = readFileSync(file, 'utf8');
  const style = await resolveConfig(file);
  const after = await format(withSection(before, name, text), { ...style, parser: 'markdown' });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, after);
  expect(readFileSync(file, 'utf8')).toBe(after);
});

it('docs/reference/serve.md names each option that tpe exec or an emulator does not take', () => {
  const [intro = ''] = readFileSync('docs/reference/serve.md', 'utf8').split('<!--');
  const [, ofExec = '', ofLibrary = ''] = /`tpe exec` takes([^]*?)`startEmulator`([^]*)/.exec(intro) ?? [];
  const missing = (schema: z.ZodObject) => SERVE_FIELDS.filter(({ name }) => !(name in schema.shape)).map(flagOf);
  expect(missing(execOptionsSchema).filter((flag) => !ofExec.includes(flag))).toEqual([]);
  expect(missing(emulatorOptionsSchema).filter((flag) => !ofLibrary.includes(flag))).toEqual([]);
});

it('a stale table is seen (canary)', () => {
  const document = '<!-- a, written by npm run docs -->\nold\n<!-- /a -->\n';
  expect(withSection(document, 'a', 'new\n')).not.toBe(document);
  expect(() => withSection('', 'a', 'new\n')).toThrow('no section');
});

function withSection(document: string, name: string, text: string): string {
  const open = `<!-- ${name}, written by npm run docs -->\n`;
  const close = `<!-- /${name} -->`;
  const start = document.indexOf(open);
  const end = document.indexOf(close);
  if (start === -1 || end === -1) throw new Error(`There is no section ${name}.`);
  return `${document.slice(0, start + open.length)}\n${text}\n${document.slice(end)}`;
}

function firstFields(): readonly Field[] {
  return FIRST.map((name) => SERVE_FIELDS.find((field) => field.name === name)!);
}

/** As in the help. */
function runningFirst(fields: readonly Field[]): readonly Field[] {
  return fields.toSorted((a, b) => Number(a.isReading) - Number(b.isReading));
}

function optionTable(fields: readonly Field[]): string {
  const rows = fields.map((field) => {
    const choices = field.choices.length === 0 ? '' : ` ${field.choices.map((choice) => `\`${choice}\``).join(', ')}`;
    const fallback = fallbackText(field);
    return [
      `\`${flagOf(field)}\``,
      field.env === undefined ? '' : `\`${field.env}\``,
      `${field.description}${choices}`,
      fallback === undefined ? '' : `\`${fallback}\``,
    ];
  });
  return table(['Flag', 'Environment', 'What it says', 'Default'], rows);
}

function operationTable(operations: typeof OPERATIONS): string {
  const [head = [], ...rows] = controlReference(operations);
  return table(head, rows);
}

function exitCodeTable(): string {
  const reasons = Object.keys(EXIT_CODES) as ExitReason[];
  return table(
    ['Exit code', 'Meaning'],
    reasons.map((reason) => [String(EXIT_CODES[reason]), EXIT_MEANINGS[reason]]),
  );
}

function drillReports(): readonly DrillReport[] {
  return JSON.parse(readFileSync(REPORT_FILE, 'utf8')) as readonly DrillReport[];
}

function figureTable(): string {
  const { goals } = JSON.parse(readFileSync('bench/results/ordinary.json', 'utf8')) as { goals: readonly Judgement[] };
  return table(
    ['Goal', 'Bound', 'Measured', 'Verdict'],
    goals.map(({ goal, what, bound, measured, isMet }) => [
      what,
      bound,
      measured === undefined ? 'not measured' : `${measured} ${GOALS[goal].unit}`,
      isMet === undefined ? '' : isMet ? 'met' : 'missed',
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
