/** Which readings can be flipped, and to what: every other value of every setting; and what was found, as text and as JSON. */
import { allRules } from '../../protocol/rules/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import { type Field, fieldValue } from '../schema-fields.ts';
import type { Style } from '../printable.ts';
import { renderTable } from '../table.ts';
import type { FlipReport, FlipResult, RunOutcome } from './flip-all.ts';

/** One reading in place of the default. */
export type Flip = Readonly<{ name: keyof Settings; value: Settings[keyof Settings] }>;

/** `consecutiveV2: replace-record` */
export const flipName = ({ name, value }: Flip): string => `${name}: ${value}`;

/** The longest lifetime that the documents name (life-14d): the one other value worth a run. */
const OTHER_NUMBERS: Partial<Settings> = { profileLifetimeDays: 90 };

/** In the order of the settings; `base` is what the command is run with otherwise. */
export function allFlips(fields: readonly Field[], base: Settings): readonly Flip[] {
  return fields.flatMap((field) => {
    const name = field.name as keyof Settings;
    const choices = field.choices.map((choice) => fieldValue(field, choice) as Flip['value']);
    return [...choices, OTHER_NUMBERS[name]].flatMap((value) =>
      value === undefined || value === base[name] ? [] : { name, value },
    );
  });
}

/** Every two that are about different readings. */
export function pairsOf(flips: readonly Flip[]): readonly (readonly [Flip, Flip])[] {
  return flips.flatMap((first, at) =>
    flips.slice(at + 1).flatMap((second) => (first.name === second.name ? [] : [[first, second] as const])),
  );
}

/** The rules that a reading decides, with where they come from. */
export const rulesOf = (name: keyof Settings) =>
  allRules().flatMap(({ id, source, setting }) => (setting === name ? [{ id, source }] : []));

export function flipReportText({ base, results }: FlipReport, style: Style): string {
  const rows = results
    .filter(({ kind }) => kind !== 'same')
    .map((result) => [
      result.flips.map(flipName).join('\n'),
      effectOf(base, result),
      result.flips.flatMap(({ name }) => rulesOf(name).map(({ id, source }) => `${id} (${source})`)).join('\n'),
    ]);
  const columns = [
    { head: 'reading', width: 26 },
    { head: 'then', width: 18 },
    { head: 'rules and sources', width: 30 },
  ];
  const table = rows.length === 0 ? '' : `${renderTable(columns, rows, style)}\n`;
  const depends = results.filter(({ kind }) => kind === 'depends');
  const named = depends.map(({ flips }) => flips.map(flipName).join(' with ')).join('; ');
  const verdict = depends.length === 0 ? 'none of them' : `${depends.length}: ${named}`;
  return `${table}Other readings tried: ${results.length}. The command depends on ${verdict}.\n`;
}

function effectOf(base: RunOutcome, { kind, outcome: { failedTests: failed, exitCode } }: FlipResult): string {
  if (kind === 'fixed') return 'fixed by the command';
  const tests = failed === 1 ? 'one test fails' : `${failed} tests fail`;
  const change = failed !== undefined && failed !== base.failedTests ? tests : `exit code ${exitCode}`;
  return `${kind === 'flaky' ? 'once, not twice: ' : ''}${change}`;
}

export function flipReportJson({ base, results }: FlipReport): object {
  const told = results.map(({ flips, kind, outcome }) => ({
    readings: flips.map(({ name, value }) => ({ name, value, rules: rulesOf(name) })),
    result: kind,
    ...outcomeJson(outcome),
  }));
  return { base: outcomeJson(base), depends: told.filter(({ result }) => result === 'depends'), results: told };
}

/** Without `failedTests` where no line of the runner told. */
const outcomeJson = ({ exitCode, failedTests }: RunOutcome) => ({ exitCode, failedTests });
