/** Customer attributes: their sources, the files that were uploaded, and what these said of a customer. */
import { z } from 'zod';
import { caAliasForm, caNames, wrongName } from '../../protocol/rules/index.ts';
import { ATTRIBUTE_TYPES } from '../../protocol/vocabulary/index.ts';
import { hashedPassword } from '../attributes/passwords.ts';
import { spooled, tooMuch } from '../attributes/account.ts';
import { refuseGone } from '../runtime/emulator-error.ts';
import { newSecret } from '../runtime/secret.ts';
import type {
  AttributeFile,
  CustomerAttribute,
  CustomerRecord,
  Page,
  SourceRecord,
  StoredAttribute,
} from '../store/store.ts';
import { clientCode, ofClient, page, type PageQuery, ruled } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation, type Told } from './operation.ts';
import { refuseIf } from '../input-issues.ts';
import { refusal } from './refusals.ts';
import { defined, isoTime } from './as-json.ts';
import * as replies from './replies.ts';

const alias = () => ruled((text) => caAliasForm.decide(text));
const attributeName = () =>
  ruled((text) => {
    const verdict = caNames.decide(text);
    if (verdict === 'taken') return undefined;
    return verdict === 'ignored' ? 'A name must not hold a blank' : verdict.message;
  });
const attributeSchema = () =>
  z.strictObject({
    name: attributeName(),
    type: z.enum(ATTRIBUTE_TYPES).default('string'),
    displayName: z.string().max(250).optional(),
    description: z.string().max(1_000).optional(),
  });

/** Attributes that are given: more are of no use to anybody. */
const ATTRIBUTES_MAX = 1_000;
/** Of a client code, deleted ones with them: their aliases stay taken. */
const SOURCES_MAX = 1_000;
const FILE_BODY_BYTES_MAX = 64 * 1024 * 1024;

export const sourceSchema = once(() =>
  z.strictObject({
    name: ruled((text) => wrongName(text)?.message)
      .min(1)
      .optional()
      .describe('As in crs.{source}.{attribute}; its alias unless told. It stays as it is.'),
    description: z.string().max(1_000).optional(),
    attributes: z
      .array(attributeSchema())
      .min(1)
      .max(ATTRIBUTES_MAX)
      .optional()
      .describe('The schema. Without one the first file makes it; to change it, subscribe to nothing first.'),
    subscribed: z
      .union([z.literal('all'), z.array(attributeName()).max(ATTRIBUTES_MAX)])
      .default('all')
      .describe('The attributes that Target is subscribed to.'),
    active: z.boolean().default(true),
    password: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('Of its SFTP account; without it and a key one is made, and told once.'),
    keys: z
      .array(
        z
          .string()
          .max(16_384)
          .regex(
            /^(?:ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]+={0,2}(?: .*)?\s*$/,
            'Must be a public key, as a .pub file holds it',
          ),
      )
      .max(20)
      .optional()
      .describe('Public keys of its SFTP account, as OpenSSH writes them.'),
  }),
);

/** By client code and alias: the section `sources` of the config file. */
export const sourcesSchema = z.record(z.string(), z.record(z.string(), z.lazy(sourceSchema)));

/** A source as it is given. */
export interface GivenSource extends z.input<ReturnType<typeof sourceSchema>> {}

const ofSource = once(() => ({ path: { client: clientCode(), alias: alias() } }));
type SourceIds = readonly [client: string, alias: string];

export const sourceOperations = {
  /**
   * The sources of a client code, in the order they were made.
   *
   * @example
   * emulator.customerAttributes.sources('demo').map(({ alias }) => alias); // ['crm']
   */
  sources: operation({
    route: 'GET /clients/{client}/sources',
    sentence: 'The sources of customer attributes of a client code.',
    ...ofClient,
    replies: { 200: replies.sources },
    does: ({ reader }, { client }): readonly SourceRecord[] =>
      reader.sources(client).filter(({ isDeleted }) => !isDeleted),
    tells: (sources, _, { client }) => ({ sources: sources.map((source) => sourceJson(client, source)) }),
  }),
  /**
   * Makes a source, or replaces what it was; creates the client code if it is new. Resolves to the password of its account
   * where one was made. Rejects with a `ZodError` for what the rules refuse: an alias that was deleted, another name, a
   * schema that changes while Target is subscribed.
   *
   * @example
   * await emulator.customerAttributes.setSource('demo', 'crm', { attributes: [{ name: 'tier' }], password: 'secret' });
   */
  setSource: operation({
    route: 'PUT /clients/{client}/sources/{alias}',
    sentence: 'Makes a source of customer attributes, or replaces what it was.',
    takes: () => ({ ...ofSource(), body: sourceSchema() }),
    replies: { 200: replies.source },
    asked: (client: string, of: string, source: GivenSource = {}) => ({ path: { client, alias: of }, body: source }),
    does: async ({ reader, writer, options }, { client, alias: of, body }): Promise<string | undefined> => {
      const before = reader.source(client, of);
      refuseChange(of, before, body, reader.sources(client));
      const { password, keys = before?.keys ?? [], name = before?.name ?? of, attributes, ...rest } = body;
      const isOpen = password === undefined && before?.password === undefined && keys.length === 0;
      const made = isOpen ? newSecret() : undefined;
      const given = password ?? made;
      const kept = given === undefined ? before?.password : await hashedPassword(given);
      const source = { ...rest, alias: of, name, attributes: attributes ?? before?.attributes, password: kept, keys };
      await writer.writeSource(client, source, options.settings);
      return made;
    },
    // It is there whether or not a password was made.
    absent: () => undefined,
    tells(made, { reader }, { client, alias: of }): object | Told {
      const source = reader.source(client, of);
      // Dropped meanwhile, with its client code.
      return source === undefined
        ? noSource({ alias: of })
        : { ...sourceJson(client, source), ...defined({ password: made }) };
    },
  }),
  /**
   * Deletes a source: its attributes reach nobody any more, and its alias stays taken. Resolves to whether there was one.
   *
   * @example
   * await emulator.customerAttributes.deleteSource('demo', 'crm');
   */
  deleteSource: operation({
    route: 'DELETE /clients/{client}/sources/{alias}',
    sentence: 'Deletes a source of customer attributes; its alias stays taken.',
    takes: ofSource,
    asked: (...[client, of]: SourceIds) => ({ path: { client, alias: of } }),
    does: async ({ writer }, { client, alias: of }): Promise<boolean> => writer.deleteSource(client, of),
    absent: noSource,
  }),
  /**
   * Files of a source, newest first, 100 unless `limit` says otherwise; `fault` says why one has failed.
   *
   * @example
   * emulator.customerAttributes.files('demo', 'crm').items[0]?.status; // 'processed'
   */
  files: operation({
    route: 'GET /clients/{client}/sources/{alias}/files',
    sentence: 'Files of a source of customer attributes, newest first.',
    takes: () => ({ ...ofSource(), query: page() }),
    replies: { 200: replies.files },
    asked: (client: string, of: string, query: PageQuery = {}) => ({ path: { client, alias: of }, query }),
    does: ({ reader }, { client, ...query }): Page<AttributeFile> => reader.files(client, query),
    tells({ items, next }, { reader }, { client, alias: of }): object | Told {
      const dropped = reader.source(client, of)?.droppedFiles;
      return dropped === undefined
        ? noSource({ alias: of })
        : { files: items.map(fileJson), next: next ?? null, dropped };
    },
  }),
  /**
   * Uploads a file by hand, which needs no `.fin`: `.csv`, `.csv.gz` or `.csv.zip`, at most 48 MB. Resolves once it is
   * applied, where it is due at once, and to how it ended. Larger ones come by SFTP. Rejects with an `EmulatorError`
   * ('file-gone') where its client code is dropped meanwhile.
   *
   * @example
   * const { status } = await emulator.customerAttributes.upload('demo', 'crm', 'crm.csv', 'id,tier\nC-1,gold\n');
   */
  upload: operation({
    route: 'PUT /clients/{client}/sources/{alias}/files/{name}',
    sentence: 'Uploads a file of customer attributes by hand: its bytes as base64, without a .fin.',
    takes: () => ({
      path: {
        ...ofSource().path,
        name: z
          .string()
          .min(1)
          .max(255)
          .regex(/^[^/\\\p{Cc}]+$/u, 'Must be a name without a path or control characters'),
      },
      body: z.strictObject({ content: z.base64().describe('Its bytes, as base64.') }),
    }),
    bodyBytesMax: FILE_BODY_BYTES_MAX,
    replies: { 200: replies.file },
    asked: (client: string, of: string, name: string, content: string | Uint8Array) => ({
      path: { client, alias: of, name },
      body: { content: isContent(content) ? Buffer.from(content).toString('base64') : content },
    }),
    does: async (services, { client, alias: of, name, body }): Promise<AttributeFile> => {
      const { reader, bodies, attributes, applied } = services;
      const source = reader.source(client, of);
      refuseIf(source === undefined || source.isDeleted, 'alias', `There is no source ${of}`);
      const bytes = Buffer.from(body.content, 'base64');
      const refused = tooMuch(reader, { client, alias: of }, bytes.byteLength);
      refuseIf(refused !== undefined, 'content', refused ?? '');
      const sequence = await spooled(bodies, [bytes], (file) => attributes.put({ client, alias: of, name, ...file }));
      await applied(client);
      return reader.file(sequence) ?? refuseGone({ name, alias: of });
    },
    tells: (file) => fileJson(file),
  }),
  /**
   * What files said of a customer, whether or not Target has seen them; undefined where none did.
   *
   * @example
   * emulator.customerAttributes.record('demo', 'crm', 'C-1')?.attributes; // [{ name: 'crs.crm.tier', value: 'gold', ... }]
   */
  record: operation({
    route: 'GET /clients/{client}/sources/{alias}/records/{id}',
    sentence: 'What files said of a customer, whether or not Target has seen them.',
    takes: () => ({ path: { ...ofSource().path, id: z.string().min(1) } }),
    reads: 'profiles',
    replies: { 200: replies.customerRecord },
    asked: (client: string, of: string, id: string) => ({ path: { client, alias: of, id } }),
    does: ({ reader }, { client, alias: of, id }): CustomerRecord | undefined => reader.customerRecord(client, of, id),
    absent: ({ alias: of }) => refusal(404, 'unknown-record', `no file of ${of} said anything of this customer.`),
    tells: ({ attributes }) => ({ attributes: attributesJson(attributes) }),
  }),
};

/** What a caller without types may have passed is none. */
const isContent = (given: unknown) => typeof given === 'string' || given instanceof Uint8Array;

function refuseChange(
  alias_: string,
  before: SourceRecord | undefined,
  { name, attributes }: z.output<ReturnType<typeof sourceSchema>>,
  all: readonly SourceRecord[],
): void {
  const bare = (text: string) => text.replaceAll(/\s/g, '');
  const called = name ?? before?.name ?? alias_;
  const isTaken = all.some((other) => other.alias !== alias_ && bare(other.name) === bare(called));
  const isSubscribed = before?.subscribed.length !== 0;
  const schema = before?.attributes ?? attributes;
  const isChanged = JSON.stringify(attributes ?? schema) !== JSON.stringify(schema);
  const isFull = before === undefined && all.length >= SOURCES_MAX;
  refuseIf(isFull, 'alias', `A client code has at most ${SOURCES_MAX} sources, deleted ones too`);
  refuseIf(before?.isDeleted === true, 'alias', `${alias_} was deleted, and stays taken (ca-alias-burnt)`);
  refuseIf(before !== undefined && called !== before.name, 'name', `It is called ${before?.name}`);
  refuseIf(isTaken, 'name', 'Another source has this name');
  refuseIf(isChanged && isSubscribed, 'attributes', 'Subscribe to nothing first (ca-schema-update)');
}

function noSource({ alias: of }: { readonly alias: string }): Told {
  return refusal(404, 'unknown-source', `there is no source ${of}.`);
}

function sourceJson(client: string, { alias: of, name, description, attributes, subscribed, active }: SourceRecord) {
  const known = { alias: of, name, ...defined({ description }), attributes: attributes ?? null };
  return { ...known, subscribed, active, account: `${client}.${of}` };
}

function fileJson(record: AttributeFile) {
  const { sequence: file, alias: of, name, status, bytes, receivedAt, dueAt, endedAt, fault, loss } = record;
  const { rows, appliedRows, created: createdRecords, skipped: skippedRows } = record;
  const known = { file, alias: of, name, status, bytes, receivedAt: isoTime(receivedAt) };
  const times = { dueAt: dueAt && isoTime(dueAt), endedAt: endedAt && isoTime(endedAt) };
  const lost = loss && { rule: 'ca-loss', ...loss };
  return { ...known, rows, appliedRows, createdRecords, skippedRows, ...defined({ ...times, fault, loss: lost }) };
}

/** Without a prototype, so that an attribute may be called `__proto__`; `layer` where there is one. */
export function attributesJson(
  attributes: readonly (CustomerAttribute & Partial<Pick<StoredAttribute, 'layer'>>)[],
): object {
  const byName: Record<string, object> = Object.create(null);
  for (const { name, value, modifiedAt, layer } of attributes)
    byName[name] = { value, modifiedAt: isoTime(modifiedAt), ...defined({ layer }) };
  return byName;
}
