/** The table under every explanation: the rules it names, with the sentence, its source and the addresses of that. */
import { sourceLinks } from '../protocol/rules/sources.ts';
import { packageFile } from './package-file.ts';
import type { Style } from './printable.ts';
import { renderTable } from './table.ts';

/** Nothing where no rule is named. */
export function citedRulesText(
  rules: readonly Readonly<Record<'id' | 'statement' | 'source', string>>[],
  style: Style,
): string {
  if (rules.length === 0) return '';
  const columns = ['rule', 'statement', { head: 'source', width: 24 }];
  const rows = rules.map(({ id, statement, source }) => [id, statement, source]);
  const links = openLinks(rules.map(({ source }) => source).join('; '));
  const sources = links.map(({ key, url }) => `${style.dim(key)} ${url}\n`).join('');
  return `\n${style.bold('Why')}\n${renderTable(columns, rows, style)}${sources === '' ? '' : `\n${sources}`}`;
}

/** As they open from here: what the package carries itself is a file. */
export const openLinks = (source: string): ReturnType<typeof sourceLinks> =>
  sourceLinks(source).map(({ key, url }) => ({ key, url: packageFile(url).href }));
