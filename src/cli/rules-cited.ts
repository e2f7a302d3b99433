/** The table under every explanation: the rules it names, with the sentence and its source. */
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

interface Cited {
  readonly id: string;
  readonly statement: string;
  readonly source: string;
}

/** Nothing where no rule is named. */
export function citedRulesText(rules: readonly Cited[], style: Style): string {
  if (rules.length === 0) return '';
  const columns = [{ head: 'rule' }, { head: 'statement', width: 66 }, { head: 'source', width: 24 }];
  const rows = rules.map(({ id, statement, source }) => [id, statement, source]);
  return `\n${style.bold('Why')}\n${renderTable(columns, rows, style)}`;
}
