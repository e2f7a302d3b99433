/** The same file as customer attributes, by a client code of its own; what the profiles held in its columns an earlier file had said. */
import { attributeFileWriter } from '../protocol/attribute-file/from-batch-file.ts';
import { rowText } from '../protocol/attribute-file/dialect.ts';
import { caNames } from '../protocol/rules/index.ts';
import { shownName, type FileFault, type Settings, type VisitorIdKind } from '../protocol/vocabulary/index.ts';
import type { Emulator, RowRecord, SeedProfile } from '../server/index.ts';
import type { ComparisonProgress } from './comparison.ts';
import type { HeldAttribute, Holder } from './compare-profiles.ts';
import { everyItem, type Pause, type Result } from './compare-rows.ts';

export type AttributesWay = ReturnType<typeof attributesWay>;

export function attributesWay(emulator: Emulator, profiles: readonly SeedProfile[], pause: Pause) {
  const { customerAttributes } = emulator;
  const files: string[][] = [];
  let columns: readonly string[] = [];
  let idKind: VisitorIdKind | undefined;

  /** Asked for a row, and again for the profile that it speaks of: a look-up costs more than all that is done with it. */
  const records = new Map<string, readonly HeldAttribute[] | undefined>();
  const recordOf = (id: string) => {
    if (!records.has(id)) records.set(id, customerAttributes.record(CLIENT, ALIAS, id)?.attributes);
    return records.get(id);
  };
  /** Whom Target has seen, with what is in no column: a file makes no profiles, so that they stay what they were. */
  const known = new Map<string, readonly HeldAttribute[]>();

  /** What existed before, as far as the columns go; undefined where that is nothing. */
  const earlierFile = async (): Promise<string | undefined> => {
    const rows: string[] = [];
    const held = everyItem(pause, (cursor) => emulator.profiles(CLIENT, { limit: 1_000, cursor }));
    for await (const { id, attributes } of held) {
      if (id.kind !== 'thirdPartyId') continue;
      const others = attributes.filter(({ name }) => !columns.includes(name));
      known.set(id.value, others);
      if (others.length === attributes.length) continue;
      const values = new Map(attributes.map(({ name, value }) => [name, value]));
      rows.push(rowText([id.value, ...columns.map((name) => values.get(name) ?? '')]));
    }
    return rows.length === 0 ? undefined : rowText(['customer_id', ...columns]) + rows.join('');
  };

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
      const earlier = await earlierFile();
      const parts = files.map((texts, index) => [`part-${index + 1}.csv`, texts.join('')] as const);
      for (const [name, text] of earlier === undefined ? parts : [[EARLIER, earlier] as const, ...parts]) {
        await pause();
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
        const [record, others] = [recordOf(value), known.get(value)];
        if (record === undefined) return others;
        const bare = record.map((attribute) => ({ ...attribute, name: attribute.name.slice(PREFIX.length) }));
        return others === undefined ? bare : [...bare, ...others];
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
  };
}

const WAITS: Result = { outcome: 'created', rule: 'ca-creates', says: 'a record waits for the visitor' };
const REACHES: Result = { outcome: 'updated', rule: 'ca-match-3rd', says: 'the visitor has it from the next call on' };
const NOTHING_LEFT: Result = { outcome: 'ignored', rule: 'ca-null-removes', says: 'blank fields leave nothing' };

const CLIENT = 'compare-ca';
const ALIAS = 'crm';
const EARLIER = 'earlier.csv';
const PREFIX = shownName(ALIAS, '');
const PC_ID: FileFault = { rule: 'ca-ids', message: 'A pcId is no customer id: rows must have the id of a source.' };
