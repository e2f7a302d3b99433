/** The words of a case's lines: each reader takes one line's text and throws a plain Error that says what is wrong. */
import { allRules } from '../../../src/protocol/rules/index.ts';
import { DEFAULT_SETTINGS, type DiagnosticTally, ROW_OUTCOMES } from '../../../src/protocol/vocabulary/index.ts';
import type { RowOutcome, RuleId, Settings, VisitorId } from '../../../src/protocol/vocabulary/index.ts';
import type { BatchView, RowView } from '../../../src/sim/index.ts';
import { caseString } from './case-text.ts';
import type { LayeredValue } from './case.ts';

export function cause(text: string): string {
  const rule = text.match(/^rule\/(.+)$/)?.[1];
  if (rule !== undefined) ruleId(rule);
  else if (text !== 'none') throw new Error('a cause is `rule/ID` or `none`');
  return text;
}

/** `keyword NAME EXTRA: value`, where NAME is `batch` when it is left out. */
export function named(content: string): { name: string; extra: string | undefined; value: string } {
  const [, name = 'batch', extra, value] = content.match(/^\w+(?: +([\w-]+))?(?: +([\w-]+))?: *(.*)$/) ?? [];
  if (value === undefined) throw new Error('a colon is missing');
  return { name, extra, value: value.trim() };
}

/** What a case can say of a batch, by its word. */
export const batchWords = (batch: BatchView): Readonly<Record<string, string | number>> => ({
  api: batch.api,
  status: batch.status,
  size: batch.batchSize,
  consumed: batch.consumedCount,
  updated: batch.successfulUpdates,
  'not-found': batch.profilesNotFound,
  failed: batch.failedUpdates,
  ignored: batch.ignoredRows,
});

export function batchFacts(text: string): Readonly<Record<string, string | number>> {
  const facts = text.split(/ +/).map((word): [string, string | number] => {
    const [, name, count] = word.match(/^(size|consumed|updated|not-found|failed|ignored)=(\d+)$/) ?? [];
    if (name !== undefined) return [name, Number(count)];
    if (/^v[12]$/.test(word)) return ['api', word];
    if (/^(?:complete|incomplete|stuck)$/.test(word)) return ['status', word];
    throw new Error(`unknown batch fact ${JSON.stringify(word)}`);
  });
  return Object.fromEntries(facts);
}

export function rowLine(text: string): string {
  const [, row, id, outcome, rule, column] = text.match(/^(\d+) +(\S+) +(\S+) +(\S+)(?: +column +(\d+))?$/) ?? [];
  if (row === undefined)
    throw new Error('a row is `NUMBER ID OUTCOME RULE`, with ` column N` where it has one; ID may be *');
  const facts = { row: Number(row), outcome: rowOutcome(outcome!), rule: ruleId(rule!), column: Number(column ?? 0) };
  return rowText({ ...facts, id: caseString(id!) });
}

/** Column 0, like no column, means that the fault is not in one cell. */
export function rowText({ row, id, outcome, rule, column }: RowView): string {
  return `${row} ${id} ${outcome} ${rule}${column ? ` column ${column}` : ''}`;
}

export function diagnosticLine(text: string): string {
  const [, rule, count, positions] = text.match(/^(\S+) x(\d+)(?: +at +(.+))?$/) ?? [];
  if (rule === undefined)
    throw new Error('a diagnostic is `RULE xCOUNT`, with ` at ROW:COLUMN …` where positions matter');
  const at = positions?.split(/ +/);
  const odd = at?.find((position) => !/^\d*(:\d+)?$/.test(position));
  if (odd !== undefined) throw new Error(`a position is ROW or ROW:COLUMN, not ${JSON.stringify(odd)}`);
  return [ruleId(rule), `x${count}`, ...(at === undefined ? [] : ['at', ...at])].join(' ');
}

export function diagnosticText({ rule, count, first }: DiagnosticTally, withPositions: boolean): string {
  const at = first.map(({ row, column }) => `${row ?? ''}${column === undefined ? '' : `:${column}`}`);
  return [rule, `x${count}`, ...(withPositions ? ['at', ...at] : [])].join(' ');
}

export function layeredValue(text: string): LayeredValue {
  const [, layer, name, value] = text.match(/^(base|pending) +([^=]*)=(.*)$/) ?? [];
  if (layer === undefined) throw new Error('an attribute is `base NAME=VALUE` or `pending NAME=VALUE`');
  return { layer: layer as 'base' | 'pending', name: caseString(name!), value: caseString(value!) };
}

export function visitFacts(content: string): Readonly<Record<string, string | boolean>> {
  if (!content.startsWith('=> ')) throw new Error('below a visit stands what is expected: => pcId=… created=true');
  const { created, ...facts } = pairs(content.slice('=> '.length));
  const unknown = Object.keys(facts).filter((name) => name !== 'pcId' && name !== 'thirdPartyId');
  if (unknown.length > 0) throw new Error(`a visit gives no ${unknown.join(', ')}`);
  if (created === undefined) return facts;
  if (created !== 'true' && created !== 'false') throw new Error('created is true or false');
  return { ...facts, created: created === 'true' };
}

export function pairs(text: string): Readonly<Record<string, string>> {
  const found = text.split(/ +/).filter(Boolean);
  return Object.fromEntries(
    found.map((word) => {
      const sign = word.indexOf('=');
      if (sign < 1) throw new Error(`write NAME=VALUE, not ${JSON.stringify(word)}`);
      return [caseString(word.slice(0, sign)), caseString(word.slice(sign + 1))];
    }),
  );
}

export function settingsOf(text: string): Partial<Settings> {
  const entries = Object.entries(pairs(text)).map(([name, value]) => {
    if (!(name in DEFAULT_SETTINGS)) throw new Error(`unknown setting ${JSON.stringify(name)}`);
    return [name, typeof DEFAULT_SETTINGS[name as keyof Settings] === 'number' ? Number(value) : value] as const;
  });
  if (entries.length === 0) throw new Error('settings without any');
  return Object.fromEntries(entries);
}

export function visitorId(kind: string | undefined, value: string | undefined): VisitorId {
  if ((kind !== 'pcId' && kind !== 'thirdPartyId') || value === undefined)
    throw new Error('an id is `pcId ID` or `thirdPartyId ID`');
  return { kind, value: caseString(value) };
}

export function duration(text: string): number {
  const [, count, unit] = text.match(/^(\d+) (ms|s|min|h|days)$/) ?? [];
  if (count === undefined) throw new Error('a time is `2000 ms`, `60 s`, `5 min`, `24 h` or `14 days`');
  return Number(count) * { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, days: 86_400_000 }[unit as 'ms'];
}

const RULES: ReadonlySet<string> = new Set(allRules().map(({ id }) => id));

export function ruleId(text: string): RuleId {
  if (!RULES.has(text)) throw new Error(`no rule is called ${JSON.stringify(text)}`);
  return text as RuleId;
}

export function rowOutcome(text: string): RowOutcome {
  if (!(ROW_OUTCOMES as readonly string[]).includes(text))
    throw new Error(`no row outcome is called ${JSON.stringify(text)}`);
  return text as RowOutcome;
}

export function oneWord(text: string): string {
  if (!/^\S+$/.test(text)) throw new Error('one word is expected');
  return text;
}

export function alone<Word extends string>(word: Word, rest: string): Word {
  if (rest !== '') throw new Error(`${word} takes nothing`);
  return word;
}
