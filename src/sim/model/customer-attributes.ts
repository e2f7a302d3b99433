/** Customer attributes in Maps: what files say of customers, and how it reaches those who come. */
import * as limits from '../../protocol/vocabulary/limits.ts';
import type { AttributeSource, RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { illegalId, type NamedValue } from './batch-file.ts';
import { evictOldest, type ModelProfile } from './profile.ts';

export interface ModelSource extends AttributeSource {
  /** By customer id: the values of each attribute, by its name. */
  readonly records: Map<string, Map<string, string>>;
}

/** By alias, in the order they were made. */
export type ModelSources = Map<string, ModelSource>;

/** ca-match-3rd, ca-match-customerid: whom a call names. */
export interface ModelCustomer {
  readonly thirdPartyId: string | undefined;
  readonly customerIds: readonly { readonly id: string; readonly integrationCode: string }[];
}

/** ca-alias-form */
export const isAlias = (alias: string) =>
  alias.length <= limits.ALIAS_LENGTH_MAX && /^[a-z0-9_-][a-z0-9._-]*$/.test(alias);

/** The rule that the file fails by, or the customers it told something of; `lost` are rows that are lost on purpose. */
export function applyFile(
  sources: ModelSources,
  alias: string,
  text: string,
  settings: Settings,
  lost: ReadonlySet<number>,
): RuleId | readonly string[] {
  const source = sources.get(alias)!;
  // ca-size
  if (text.length > limits.ATTRIBUTE_FILE_BYTES_MAX) return 'ca-size';
  const [header, ...rows] = recordsOf(text);
  if (header === undefined) return 'ca-header';
  if (header === 'broken') return 'ca-quoting';
  const wrong = wrongHeader(header, source);
  if (wrong !== undefined) return wrong;
  const good: string[][] = [];
  for (const [index, row] of rows.entries()) {
    const rule = wrongRow(row, header, source, settings);
    // ca-types: by setting the row alone is left out.
    if (rule !== undefined && settings.attributeRows === 'fail-file') return rule;
    // ca-loss: judged like the others, and nothing says that it is gone.
    if (rule === undefined && !lost.has(index + 1)) good.push(row as string[]);
  }
  const taken = header.flatMap((name, at) => (at > 0 && name !== '' && !/\s/.test(name) ? [{ name, at }] : []));
  for (const row of good) {
    // ca-creates, ca-header: of rows with one id the last counts, attribute by attribute.
    const values = source.records.get(row[0]!) ?? new Map<string, string>();
    source.records.set(row[0]!, values);
    for (const { name, at } of taken) {
      // ca-blank-null, ca-null-removes: and what has a value is new.
      values.delete(name);
      if (row[at] !== '') values.set(name, row[at]!);
    }
  }
  // ca-types: the first file makes the schema.
  const made = taken.map(({ name }) => ({ name, type: 'string' as const }));
  sources.set(alias, { ...source, attributes: source.attributes ?? made });
  return good.map(([id]) => id!);
}

function wrongHeader(header: readonly string[], { attributes }: ModelSource): RuleId | undefined {
  if (header.length > limits.COLUMNS_MAX) return 'our-columns-max';
  // ca-header
  const names = header.slice(1);
  if (header.some((name) => /[\r\n]/.test(name))) return 'ca-header';
  if (names.length === 0 || names.some((name, at) => name !== '' && names.indexOf(name) !== at)) return 'ca-header';
  for (const name of names) {
    // ca-name-no-dot, ca-name-no-blank, ca-name-len
    if (name.includes('.')) return 'ca-name-no-dot';
    if (/[<>'"]/.test(name)) return 'ca-name-no-blank';
    if (Array.from(name).length > limits.ATTRIBUTE_NAME_LENGTH_MAX) return 'ca-name-len';
    const isTaken = name !== '' && !/\s/.test(name);
    if (isTaken && attributes !== undefined && !attributes.some((known) => known.name === name)) return 'ca-types';
  }
  return names.some((name) => name !== '' && !/\s/.test(name)) ? undefined : 'ca-header';
}

function wrongRow(
  row: string[] | 'broken',
  header: readonly string[],
  { attributes }: ModelSource,
  settings: Settings,
) {
  if (row === 'broken') return 'ca-quoting';
  // ca-columns-equal
  if (row.length !== header.length) return 'ca-columns-equal';
  if (row[0] === '') return 'ca-header';
  const illegal = illegalId('thirdPartyId', row[0]!, settings);
  if (illegal !== undefined) return illegal;
  for (const [at, value] of row.entries()) {
    const type = attributes?.find(({ name }) => name === header[at])?.type ?? 'string';
    const isRight = type === 'string' || (type === 'integer' ? /^-?\d+$/ : /^-?\d+(\.\d\d?)?$/).test(value);
    if (at > 0 && value !== '' && !isRight) return 'ca-types';
  }
  return undefined;
}

/** ca-quoting: character by character; lines with nothing on them are none. */
function recordsOf(text: string): (string[] | 'broken')[] {
  const lines: string[] = [''];
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '\n' && !isQuoted) lines.push('');
    else lines[lines.length - 1] += character;
    if (character === '\\' && isQuoted) lines[lines.length - 1] += text[(at += 1)] ?? '';
    if (character === '"') isQuoted = !isQuoted;
  }
  const records = lines.map((line) => line.replace(/\r$/, ''));
  return records.filter((line, at) => line !== '' || at === 0).map(fieldsOf);
}

/** ca-quoting: a backslash means something before a quote or another one, within quotes. */
function fieldsOf(line: string): string[] | 'broken' {
  const fields: string[] = [];
  for (let rest = `,${line}`; rest !== '';) {
    const [field, quoted, plain] = /^,(?:"((?:[^"\\]|\\["\\]|\\(?!["\\]))*)"|([^",]*))(?=,|$)/.exec(rest) ?? [];
    if (field === undefined) return 'broken';
    fields.push(quoted?.replaceAll(/\\(["\\])/g, '$1') ?? plain!);
    rest = rest.slice(field.length);
  }
  return fields;
}

/** ca-subscription: what Target knows of a source, as `crs.{source}.{attribute}` (ca-shows-audience). */
function shownNames({ active, subscribed, attributes = [], name }: ModelSource): ReadonlyMap<string, string> {
  const chosen = attributes.filter((each) => active && (subscribed === 'all' || subscribed.includes(each.name)));
  const named = chosen.slice(0, limits.SUBSCRIBED_ATTRIBUTES_MAX);
  return new Map(named.map((each) => [each.name, `crs.${name.replaceAll(/\s/g, '')}.${each.name}`]));
}

/** ca-preload: at the call that names the customer; by setting those of a first one 20 minutes later. */
export function bring(
  sources: ModelSources,
  profile: ModelProfile,
  { thirdPartyId, customerIds }: ModelCustomer,
  settings: Settings,
  now: number,
): void {
  const held = profile.customers;
  const known = [...sources.values()].filter((source) => shownNames(source).size > 0);
  // ca-needs-subscribed-alias: the first that is known counts.
  const customer = customerIds.find(({ integrationCode }) => known.some(({ alias }) => alias === integrationCode));
  for (const source of known) {
    const id = customer?.integrationCode === source.alias ? customer.id : thirdPartyId;
    const record = id === undefined ? undefined : source.records.get(id);
    if (record === undefined) continue;
    const shown = shownNames(source);
    const names = new Set(shown.values());
    const before = profile.customers.filter(({ name }) => names.has(name));
    const after = [...record].flatMap(([name, value]) => (shown.has(name) ? [{ name: shown.get(name)!, value }] : []));
    const isHeld = ({ name, value }: NamedValue) => before.some((each) => each.name === name && each.value === value);
    if (before.length === after.length && after.every(isHeld)) continue;
    const wait = before.length === 0 && settings.attributesArrive === 'after-20-minutes' ? 20 * 60_000 : 0;
    const modifiedAt = Math.max(now + wait, ...before.map((each) => each.modifiedAt));
    const brought = after.map((each) => ({ ...each, modifiedAt, layer: 'base' as const, by: undefined }));
    profile.customers = [...profile.customers.filter(({ name }) => !names.has(name)), ...brought];
  }
  if (profile.customers !== held) evictOldest(profile);
}

/** What has arrived, and is subscribed to now. */
export function arrived(sources: ModelSources, profile: ModelProfile, now: number) {
  const names = new Set([...sources.values()].flatMap((source) => [...shownNames(source).values()]));
  return profile.customers.filter(({ name, modifiedAt }) => modifiedAt <= now && names.has(name));
}

/** ca-file-csv, ca-fin-name: whether a `.fin` of this name is for that file. */
export const isFinFor = (fin: string, name: string): boolean => {
  const [, stem = '', packed] = /^(.*)\.csv(\.gz|\.zip)?$/s.exec(name) ?? [];
  const isFile = name === `${stem}.csv${packed ?? ''}`;
  return isFile && [`${stem}.fin`, `${stem}.csv.fin`].includes(fin);
};

/** ca-cadence: a minute later (ca-fin), and half an hour after the one before. */
export const fileDueAt = (now: number, before: number | undefined, reading: Settings['attributeFiles']): number =>
  reading === 'at-once' ? now : Math.max(now + 60_000, before === undefined ? 0 : before + 1_800_000);
