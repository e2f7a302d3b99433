/** What `tpe flip` found, as text and as JSON: the readings a command depends on, each with its rules and their sources. */
import type { Style } from '../printable.ts';
import { renderTable } from '../table.ts';
import type { FlipReport, FlipResult } from './flip-all.ts';
import { flipName, rulesOf } from './flips.ts';
import type { RunOutcome } from './run-once.ts';

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
