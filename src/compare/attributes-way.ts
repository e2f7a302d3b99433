/** The same file as customer attributes, in a store of its own; what the profiles held in its columns an earlier file had said. */
import { attributeFileWriter } from '../protocol/attribute-file/from-batch-file.ts';
import { rowText } from '../protocol/attribute-file/dialect.ts';
import { caNames } from '../protocol/rules/index.ts';
import { shownName, type FileFault, type Settings, type VisitorIdKind } from '../protocol/vocabulary/index.ts';
import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type RowRecord,
  type SeedProfile,
} from '../server/index.ts';
import type { ComparisonProgress } from './comparison.ts';
import type { Holder } from './compare-profiles.ts';
import { everyItem, type Result } from './compare-rows.ts';

export type AttributesWay = Awaited<ReturnType<typeof attributesWay>>;

export async function attributesWay(options: EmulatorOptions, profiles: readonly SeedProfile[]) {
  const emulator = await createEmulator(options);
  const { customerAttributes } = emulator;
  const files: string[][] = [];
  let columns: readonly string[] = [];
  let idKind: VisitorIdKind | undefined;

  /** Asked for a row, and again for the profile that it speaks of: a look-up costs more than all that is done with it. */
  const records = new Map<string, ReturnType<Holder['attributesOf']>>();
  const recordOf = (id: string) => {
    if (!records.has(id)) records.set(id, customerAttributes.record(CLIENT, ALIAS, id)?.attributes);
    return records.get(id);
  };
  /** Whom Target has seen: a file makes no profiles, so that they stay what they were. */
  const known = new Set<string>();
  const profileOf = (value: string) =>
    known.has(value) ? emulator.profile(CLIENT, { kind: 'thirdPartyId', value })?.attributes : undefined;

  return {
    /** The bytes of a batch file as they are; makes of them a file of customer attributes. */
    async *heard(bytes: AsyncIterable<Uint8Array>, settings: Settings): AsyncGenerator<Uint8Array> {
      const writer = attributeFileWriter(settings);
      const texts: string[] = [];
      files.push(texts);
      for await (const block of bytes) {
        texts.push(writer.write(block));
        yield block;
      }
      texts.push(writer.end());
      const header = writer.header();
      columns = header?.attributes ?? [];
      idKind = header?.idKind;
    },
    /** Uploads what was heard, file after file; what refuses one of them ends it. */
    async upload(): Promise<FileFault | undefined> {
      if (idKind === 'pcId') return PC_ID;
      if (profiles.length > 0) await emulator.seedProfiles(CLIENT, profiles);
      await customerAttributes.setSource(CLIENT, ALIAS, { password: ALIAS });
      const earlier = earlierFile(emulator, columns, known);
      const parts = files.map((texts, index) => [`part-${index + 1}.csv`, texts.join('')] as const);
      for (const [name, text] of earlier === undefined ? parts : [[EARLIER, earlier] as const, ...parts]) {
        const { fault } = await customerAttributes.upload(CLIENT, ALIAS, name, text);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
    /** What became of a row; of rows with one id the last counts. */
    resultOf({ id = '', rule }: RowRecord, isLast: boolean): Result {
      if (id === '') return { outcome: 'failed', rule: 'ca-header', says: 'the customer id is blank' };
      if (!isLast) return { outcome: 'ignored', rule: 'ca-header', says: 'a later row has the same customer id' };
      if (recordOf(id) !== undefined) return known.has(id) ? REACHES : WAITS;
      // What the bulk API could not read could not be written either.
      return rule === 'empty-only-skipped' ? NOTHING_LEFT : { outcome: 'failed', rule, says: 'it cannot be written' };
    },
    holder: {
      attributesOf({ value }) {
        const [record, profile] = [recordOf(value), profileOf(value)];
        if (record === undefined && profile === undefined) return undefined;
        const bare = (record ?? []).map((attribute) => ({ ...attribute, name: attribute.name.slice(PREFIX.length) }));
        return [...bare, ...(profile ?? []).filter(({ name }) => !columns.includes(name))];
      },
      ruleOf({ value }, name) {
        if (!columns.includes(name)) return undefined;
        const record = recordOf(value);
        if (record === undefined) return undefined;
        if (record.some((attribute) => attribute.name === PREFIX + name)) return 'ca-own-namespace';
        return caNames.decide(name) === 'ignored' ? 'ca-name-no-blank' : 'ca-null-removes';
      },
    } satisfies Holder,
    progress(): ComparisonProgress['sides'][number] {
      const sent = customerAttributes.files(CLIENT, ALIAS).items.filter(({ name }) => name !== EARLIER);
      const batchSize = sent.reduce((sum, { rows }) => sum + rows, 0);
      const consumedCount = sent.reduce((sum, { appliedRows }) => sum + appliedRows, 0);
      const nothing = { profilesNotFound: 0, failedUpdates: 0 };
      return { api: 'customerAttributes', batchSize, consumedCount, successfulUpdates: consumedCount, ...nothing };
    },
    close: () => emulator.close(),
  };
}

/** What existed before, as far as the columns go; undefined where that is nothing. Adds who existed to `known`. */
function earlierFile(emulator: Emulator, columns: readonly string[], known: Set<string>): string | undefined {
  const rows: string[] = [];
  for (const { id, attributes } of everyItem((cursor) => emulator.profiles(CLIENT, { limit: 1_000, cursor }))) {
    if (id.kind !== 'thirdPartyId') continue;
    known.add(id.value);
    const held = new Map(attributes.map(({ name, value }) => [name, value]));
    if (!columns.some((name) => held.has(name))) continue;
    rows.push(rowText([id.value, ...columns.map((name) => held.get(name) ?? '')]));
  }
  return rows.length === 0 ? undefined : rowText(['customer_id', ...columns]) + rows.join('');
}

const WAITS: Result = { outcome: 'created', rule: 'ca-creates', says: 'a record waits for the visitor' };
const REACHES: Result = { outcome: 'updated', rule: 'ca-match-3rd', says: 'the visitor has it from the next call on' };
const NOTHING_LEFT: Result = { outcome: 'ignored', rule: 'ca-null-removes', says: 'blank fields leave nothing' };

const CLIENT = 'compare-ca';
const ALIAS = 'crm';
const EARLIER = 'earlier.csv';
const PREFIX = shownName(ALIAS, '');
const PC_ID: FileFault = { rule: 'ca-ids', message: 'A pcId is no customer id: rows must have the id of a source.' };
