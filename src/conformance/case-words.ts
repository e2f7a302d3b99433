/** The words of a case's lines: each reader takes one line's text and throws a plain Error that says what is wrong with it. */
import { CATALOGUE_RULE_IDS, DEFAULT_SETTINGS, OUR_RULE_IDS, ROW_OUTCOMES } from '../protocol/vocabulary/index.ts';
import type { RowOutcome, RuleId, Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import { caseString } from './case-text.ts';
import type { AttributeFacts, BatchFacts, DiagnosticFacts, RowFacts } from './case.ts';

export function cause(text: string): string {
  const rule = text.match(/^rule\/(.+)$/)?.[1];
  if (rule !== undefined) ruleId(rule);
  else if (text !== 'none') throw new Error('a cause is `rule/ID` or `none`');
  return text;
}

/** `keyword NAME EXTRA: value`, where NAME is `batch` when it is left out. */
export function named(content: string): { name: string; extra: string | undefined; value: string } {
  const [, name, extra, value] = content.match(/^\w+(?: +([\w-]+))?(?: +([\w-]+))?: *(.*)$/) ?? [];
  if (value === undefined) throw new Error('a colon is missing');
  return { name: name ?? 'batch', extra, value: value.trim() };
}

const COUNTERS = ['size', 'consumed', 'updated', 'not-found', 'failed', 'ignored'] as const;

export function batchFacts(text: string): Partial<BatchFacts> {
  const facts: Record<string, string | number> = {};
  for (const word of text.split(/ +/)) {
    const [, name, value] = word.match(/^([a-z-]+)=(\d+)$/) ?? [];
    if (word === 'v1' || word === 'v2') facts['api'] = word;
    else if (word === 'complete' || word === 'incomplete' || word === 'stuck') facts['status'] = word;
    else if ((COUNTERS as readonly string[]).includes(name!)) facts[name!] = Number(value);
    else throw new Error(`unknown batch fact ${JSON.stringify(word)}`);
  }
  return facts;
}

export function rowFacts(text: string): RowFacts {
  const [, row, id, outcome, rule, column] = text.match(/^(\d+) +(\S+) +(\S+) +(\S+)(?: +column +(\d+))?$/) ?? [];
  if (row === undefined)
    throw new Error('a row is `NUMBER ID OUTCOME RULE`, with ` column N` where it has one; ID may be *');
  return {
    row: Number(row),
    id: id === '*' ? undefined : caseString(id!),
    outcome: rowOutcome(outcome!),
    rule: ruleId(rule!),
    column: column === undefined ? undefined : Number(column),
  };
}

export function diagnosticFacts(text: string): DiagnosticFacts {
  const [, rule, count, positions] = text.match(/^(\S+) x(\d+)(?: +at +(.+))?$/) ?? [];
  if (rule === undefined)
    throw new Error('a diagnostic is `RULE xCOUNT`, with ` at ROW:COLUMN …` where positions matter');
  const at = positions?.split(/ +/);
  const odd = at?.find((position) => !/^\d*(:\d+)?$/.test(position));
  if (odd !== undefined) throw new Error(`a position is ROW or ROW:COLUMN, not ${JSON.stringify(odd)}`);
  return { rule: ruleId(rule), count: Number(count), positions: at };
}

export function attributeFacts(text: string): AttributeFacts {
  const [, layer, name, value] = text.match(/^(base|pending) +([^=]*)=(.*)$/) ?? [];
  if (layer === undefined) throw new Error('an attribute is `base NAME=VALUE` or `pending NAME=VALUE`');
  return { layer: layer as 'base' | 'pending', name: caseString(name!), value: caseString(value!) };
}

export function pairs(text: string): [string, string][] {
  return text
    .split(/ +/)
    .filter(Boolean)
    .map((word) => {
      const sign = word.indexOf('=');
      if (sign < 1) throw new Error(`write NAME=VALUE, not ${JSON.stringify(word)}`);
      return [caseString(word.slice(0, sign)), caseString(word.slice(sign + 1))];
    });
}

export function settingsOf(text: string): Partial<Settings> {
  const entries = pairs(text).map(([name, value]) => {
    if (!(name in DEFAULT_SETTINGS)) throw new Error(`unknown setting ${JSON.stringify(name)}`);
    const number = typeof DEFAULT_SETTINGS[name as keyof Settings] === 'number';
    return [name, number ? Number(value) : value] as const;
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

const RULES: ReadonlySet<string> = new Set([...CATALOGUE_RULE_IDS, ...OUR_RULE_IDS]);

export function ruleId(text: string): RuleId {
  if (!RULES.has(text)) throw new Error(`no rule is called ${JSON.stringify(text)}`);
  return text as RuleId;
}

export function rowOutcome(text: string): RowOutcome {
  if (!(ROW_OUTCOMES as readonly string[]).includes(text))
    throw new Error(`no row outcome is called ${JSON.stringify(text)}`);
  return text as RowOutcome;
}

export function one(text: string): string {
  if (!/^\S+$/.test(text)) throw new Error('one word is expected');
  return text;
}
