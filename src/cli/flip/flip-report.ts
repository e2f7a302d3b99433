/** What `tpe flip` found, as text and as JSON: the readings a command depends on, each with its rules and their sources. */
import type { Style } from '../printable.ts';
import { renderTable } from '../table.ts';
import type { FlipReport, FlipResult } from './flip-all.ts';
import { type Flip, rulesOf } from './flips.ts';
import type { RunOutcome } from './run-once.ts';

export function flipReportText({ base, results }: FlipReport, style: Style): string {
  const told = results.filter(({ kind }) => kind !== 'same');
  const depends = told.filter(({ kind }) => kind === 'depends');
  const rows = told.map(({ flips, kind, outcome }) => [
    flips.map(flipName).join('\n'),
    kind === 'fixed'
      ? 'fixed by the command'
      : `${kind === 'flaky' ? 'once, not twice: ' : ''}${changeOf(base, outcome)}`,
    flips.flatMap(({ name }) => rulesOf(name).map(({ id, source }) => `${id} (${source})`)).join('\n'),
  ]);
  const columns = [
    { head: 'reading', width: 26 },
    { head: 'then', width: 18 },
    { head: 'rules and sources', width: 30 },
  ];
  const table = rows.length === 0 ? '' : `${renderTable(columns, rows, style)}\n`;
  const verdict =
    depends.length === 0
      ? 'depends on none of them'
      : `depends on ${depends.length}: ${depends.map(({ flips }) => flips.map(flipName).join(' with ')).join('; ')}`;
  return `${table}Other readings tried: ${results.length}. The command ${verdict}.\n`;
}

export function flipReportJson({ base, results }: FlipReport): object {
  return {
    base: outcomeJson(base),
    depends: results.filter(({ kind }) => kind === 'depends').map(resultJson),
    results: results.map(resultJson),
  };
}

function resultJson({ flips, kind, outcome }: FlipResult): object {
  const readings = flips.map(({ name, value }) => ({ name, value, rules: rulesOf(name) }));
  return { readings, result: kind, ...outcomeJson(outcome) };
}

function outcomeJson({ exitCode, failedTests: failed }: RunOutcome): object {
  return { exitCode, ...(failed !== undefined && { failedTests: failed }) };
}

/** `consecutiveV2: replace-record` */
export const flipName = ({ name, value }: Flip): string => `${name}: ${value}`;

function changeOf(base: RunOutcome, outcome: RunOutcome): string {
  const { failedTests: failed, exitCode } = outcome;
  if (failed !== undefined && failed !== base.failedTests)
    return failed === 1 ? 'one test fails' : `${failed} tests fail`;
  return `exit code ${exitCode}`;
}
