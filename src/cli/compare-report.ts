/** What a comparison came to, as tables for people. */
import type { Comparison, OutcomeCount } from '../compare/index.ts';
import type { Api, RowOutcome } from '../protocol/vocabulary/index.ts';
import { counted, printable, shortened } from './printable.ts';
import { citedRulesText } from './rules-cited.ts';
import type { Style } from './style.ts';
import { renderTable, right } from './table.ts';

/** `attributesMax`: of each differing profile; those beyond are counted. */
export function comparisonText(comparison: Comparison, attributesMax: number, style: Style): string {
  const { input, seeded, outcomes, differingRows, differingProfiles, skippedRows, rules } = comparison;
  const { rowsNotCompared, pendingProfiles, diagnostics } = comparison;
  const notes = [
    skippedRows > 0 &&
      `${counted(skippedRows, 'problem row')} of the file ${skippedRows === 1 ? 'was' : 'were'} left out.`,
    pendingProfiles > 0 &&
      `v2 holds values of ${pendingProfiles} profiles as pending: the next v2 batch may take them away, unless a visit comes first (v2-override-caveat).`,
    rowsNotCompared > 0 &&
      `The profiles of ${rowsNotCompared} rows were not compared: the file is too large to be kept twice.`,
    ...APIS.map((api) => diagnosticsNote(api, diagnostics[api])),
  ].filter((note) => note !== false);
  return [
    style.bold(`${printable(input)} through v1 and through v2; ${seeded} profiles existed`),
    outcomeTable(outcomes, style),
    ...(differingRows.count === 0
      ? ['No row had another outcome.', '']
      : [listedHead('Rows with another outcome', differingRows, style), rowTable(comparison, style)]),
    ...(differingProfiles.count === 0
      ? ['No profile differs.', '']
      : [
          listedHead('Profiles that differ now', differingProfiles, style),
          profileTable(comparison, attributesMax, style),
        ]),
    ...notes,
    citedRulesText(rules, style),
  ].join('\n');
}

/** The outcomes of both versions side by side, each with its rules. */
export function outcomeTable(outcomes: Comparison['outcomes'], style: Style): string {
  const rows = OUTCOMES.map(([outcome, label]) => {
    const v1 = outcomes.v1.filter((count) => count.outcome === outcome);
    const v2 = outcomes.v2.filter((count) => count.outcome === outcome);
    return [label, String(sumOf(v1)), rulesOf(v1), String(sumOf(v2)), rulesOf(v2)];
  });
  const total = ['all rows', String(sumOf(outcomes.v1)), '', String(sumOf(outcomes.v2)), ''];
  return renderTable(['outcome', right('v1'), 'rule', right('v2'), 'rule'], [...rows, total], style);
}

const APIS = ['v1', 'v2'] as const satisfies readonly Api[];

const OUTCOMES: readonly (readonly [RowOutcome, string])[] = [
  ['updated', 'updated'],
  ['created', 'created'],
  ['not-found', 'not found'],
  ['ignored', 'ignored'],
  ['failed', 'failed'],
];

const rulesOf = (counts: readonly OutcomeCount[]) => counts.map(({ rule }) => rule).join(', ');
const sumOf = (counts: readonly OutcomeCount[]) => counts.reduce((sum, { count }) => sum + count, 0);

function listedHead(what: string, { count, first }: { count: number; first: readonly unknown[] }, style: Style) {
  const listed = first.length < count ? `, the first ${first.length} (--all lists every one)` : '';
  return style.bold(`${what}: ${count}${listed}`);
}

const ID_LENGTH = 32;
const VALUE_LENGTH = 28;

function rowTable({ differingRows, differingRows: { first } }: Comparison, style: Style): string {
  const isSplit = differingRows.first.some(({ part }) => part > 1);
  const rows = first.map(({ part, row, id, v1, v2 }) => [
    isSplit ? `${part}:${row}` : String(row),
    id === null ? '-' : shortened(id, ID_LENGTH),
    `${v1.outcome} (${v1.rule})`,
    `${v2.outcome} (${v2.rule})`,
  ]);
  return renderTable([right(isSplit ? 'part:row' : 'row'), 'id', 'v1', 'v2'], rows, style);
}

function profileTable({ differingProfiles }: Comparison, attributesMax: number, style: Style): string {
  const rows = differingProfiles.first.flatMap(({ id, exists, attributes }) => {
    const lines = attributes
      .slice(0, attributesMax)
      .map(({ name, v1, v2, rules }) => [
        shortened(name, VALUE_LENGTH),
        v1 === null ? missing(exists.v1) : shortened(v1, VALUE_LENGTH),
        v2 === null ? missing(exists.v2) : shortened(v2, VALUE_LENGTH),
        rules.v1 === rules.v2 ? (rules.v1 ?? '-') : `${rules.v1 ?? '-'} / ${rules.v2 ?? '-'}`,
      ]);
    const more = attributes.length - lines.length;
    if (more > 0) lines.push([`and ${more} more`, '', '', '']);
    const shown = lines.length > 0 ? lines : [['-', missing(exists.v1), missing(exists.v2), '-']];
    return shown.map((line, index) => [index === 0 ? shortened(id, ID_LENGTH) : '', ...line]);
  });
  return renderTable(['profile', 'attribute', 'v1', 'v2', 'rules'], rows, style);
}

const missing = (exists: boolean) => (exists ? '-' : 'no profile');

function diagnosticsNote(api: Api, diagnostics: Comparison['diagnostics'][Api]): string | false {
  const noted = diagnostics.map(({ rule, count }) => (count === 1 ? rule : `${rule} x${count}`));
  return noted.length > 0 && `Noted in ${api}: ${noted.join(', ')}.`;
}
