/** What a comparison came to: as tables for people, and as one page that opens from a file, without network, and asks nobody. */
import type { Comparison, OutcomeCount, Way } from '../compare/index.ts';
import type { RowOutcome } from '../protocol/vocabulary/index.ts';
import { counted, linesText, printable, shortened, type Style } from './printable.ts';
import { citedRulesText } from './rules-cited.ts';
import { renderTable, right } from './table.ts';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from './context.ts';
import { packageFile } from './package-file.ts';
import { Problem } from './problem.ts';

/** `attributesMax`: of each differing profile; those beyond are counted. */
export function comparisonText(comparison: Comparison, attributesMax: number, style: Style): string {
  const { input, seeded, outcomes, differingRows, differingProfiles, skippedRows, rules } = comparison;
  const { rowsNotCompared, pendingProfiles, diagnostics, attributesRefused: refused } = comparison;
  const text = linesText(
    style.bold(
      `${printable(input)} through v1, v2 and as customer attributes (crs); ${counted(seeded, 'profile')} existed`,
    ),
    outcomeTable(outcomes, style),
    refused && [`Not as customer attributes: ${refused.message} (${refused.rule})`, ''],
    differingRows.count === 0
      ? ['No row had another outcome.', '']
      : [listedHead('Rows with another outcome', differingRows, style), rowTable(comparison, style)],
    differingProfiles.count === 0
      ? ['No profile differs.', '']
      : [
          listedHead('Profiles that differ now', differingProfiles, style),
          profileTable(comparison, attributesMax, style),
        ],
    style.bold('Whatever the file is'),
    traitTable(comparison, style),
    skippedRows > 0 &&
      `${counted(skippedRows, 'problem row')} of the file ${skippedRows === 1 ? 'was' : 'were'} left out.`,
    pendingProfiles > 0 &&
      `v2 holds values of ${pendingProfiles} profiles as pending: the next v2 batch may take them away, unless a visit comes first (v2-override-caveat).`,
    rowsNotCompared > 0 &&
      `The profiles of ${rowsNotCompared} rows were not compared: the file is too large to be kept twice.`,
    (['v1', 'v2'] as const).map((api) => {
      const noted = diagnostics[api].map(({ rule, count }) => (count === 1 ? rule : `${rule} x${count}`));
      return noted.length > 0 && `Noted in ${api}: ${noted.join(', ')}.`;
    }),
  );
  return text + citedRulesText(rules, style);
}

/** The outcomes of each way side by side, each with its rules. */
export function outcomeTable(outcomes: Comparison['outcomes'], style: Style): string {
  const ways = waysOf(outcomes);
  const rows = OUTCOMES.map((outcome) => [
    outcome.replace('-', ' '),
    ...ways.flatMap((way) => {
      const counts = (outcomes[way] ?? []).filter((count) => count.outcome === outcome);
      return [sumOf(counts), counts.map(({ rule }) => rule).join(', ')];
    }),
  ]);
  const total = ['all rows', ...ways.flatMap((way) => [sumOf(outcomes[way] ?? []), ''])];
  return renderTable(['outcome', ...ways.flatMap((way) => [right(HEADS[way]), 'rule'])], [...rows, total], style);
}

const HEADS: Readonly<Record<Way, string>> = { v1: 'v1', v2: 'v2', customerAttributes: 'crs' };
const WAYS = Object.keys(HEADS) as readonly Way[];
const waysOf = (outcomes: Comparison['outcomes']) => WAYS.filter((way) => outcomes[way] !== undefined);

const OUTCOMES: readonly RowOutcome[] = ['updated', 'created', 'not-found', 'ignored', 'failed'];

const sumOf = (counts: readonly OutcomeCount[]) => String(counts.reduce((sum, { count }) => sum + count, 0));

function listedHead(what: string, { count, first }: { count: number; first: readonly unknown[] }, style: Style) {
  const listed = first.length < count ? `, the first ${first.length} (--all lists every one)` : '';
  return style.bold(`${what}: ${count}${listed}`);
}

const ID_LENGTH = 32;
const VALUE_LENGTH = 28;

function rowTable({ outcomes, differingRows: { first } }: Comparison, style: Style): string {
  const ways = waysOf(outcomes);
  const isSplit = first.some(({ part }) => part > 1);
  const rows = first.map(({ part, row, id, ...results }) => [
    isSplit ? `${part}:${row}` : String(row),
    id === null ? '-' : shortened(id, ID_LENGTH),
    ...ways.map((way) => `${results[way]?.outcome ?? '-'} (${results[way]?.rule ?? '-'})`),
  ]);
  return renderTable([right(isSplit ? 'part:row' : 'row'), 'id', ...ways.map((way) => HEADS[way])], rows, style);
}

function profileTable({ outcomes, differingProfiles }: Comparison, attributesMax: number, style: Style): string {
  const ways = waysOf(outcomes);
  const rows = differingProfiles.first.flatMap(({ id, exists, attributes }) => {
    const lines = attributes.slice(0, attributesMax).map(({ name, rules, ...values }) => [
      shortened(name, VALUE_LENGTH),
      ...ways.map((way) =>
        // Narrow, so that a terminal of 80 columns has room for it.
        way === 'customerAttributes' && values[way] !== null && values[way] === values.v2
          ? 'as v2'
          : shortened(values[way] ?? missing(exists[way]), VALUE_LENGTH),
      ),
      [...new Set(ways.map((way) => rules[way] ?? '-'))].join(' / '),
    ]);
    const more = attributes.length - lines.length;
    if (more > 0) lines.push([`and ${more} more`, ...ways.map(() => ''), '']);
    const shown = lines.length > 0 ? lines : [['-', ...ways.map((way) => missing(exists[way])), '-']];
    return shown.map((line, index) => [index === 0 ? shortened(id, ID_LENGTH) : '', ...line]);
  });
  return renderTable(['profile', 'attribute', ...ways.map((way) => HEADS[way]), 'rules'], rows, style);
}

const missing = (exists: boolean | undefined) => (exists === true ? '-' : 'no profile');

function traitTable({ traits }: Comparison, style: Style): string {
  const rows = traits.map(({ question, answers }) => [
    question,
    ...WAYS.map((way) => `${answers[way].says} (${answers[way].rule})`),
  ]);
  return renderTable(['', ...WAYS.map((way) => HEADS[way])], rows, style);
}

/** `-` writes to standard output. */
export async function writeComparisonPage(file: string, comparison: Comparison, context: Context): Promise<void> {
  const page = comparisonPage(comparison);
  if (file === '-') {
    context.stdout.write(page);
    return;
  }
  try {
    // Personal data: for nobody but who asked.
    await writeFile(resolve(context.directory, file), page, { mode: 0o600 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem(`Cannot write ${file}: ${why}`, { reason: 'usage', code: 'page-not-written' });
  }
  context.stderr.write(`tpe: ${file} has the same as a page; open it in a browser.\n`);
}

/** What the build makes of it, filled in. Inside a script element the data must not end it, nor begin a comment. */
export function comparisonPage(comparison: Comparison): string {
  const json = JSON.stringify(comparison).replaceAll('<', String.raw`\u003c`);
  try {
    return readFileSync(packageFile('dist/console/comparison.html'), 'utf8').replace('COMPARISON', () => json);
  } catch (cause) {
    const message = 'The page of a comparison is not built: run npm run build';
    throw new Problem(message, { reason: 'usage', code: 'not-built', cause });
  }
}
