/** Customer attributes: the third way to bring data into Target, by a file from a source beside the bulk API. */
import {
  ALIAS_LENGTH_MAX,
  ATTRIBUTE_FILE_BYTES_MAX,
  ATTRIBUTE_NAME_LENGTH_MAX,
  COLUMNS_MAX,
  SUBSCRIBED_ATTRIBUTES_MAX,
} from '../vocabulary/index.ts';
import type { AttributeSchema, AttributeSource, FileFault, Settings } from '../vocabulary/index.ts';
import type { CustomerId } from './delivery.ts';
import { longerThan } from './keys.ts';
import { type DecidingRule, documented } from './rule.ts';

/** What is wrong with an alias; undefined where nothing is. */
export const caAliasForm: DecidingRule<(alias: string) => string | undefined> = {
  id: 'ca-alias-form',
  statement: 'The alias id of a source is unique, in lower case, without blanks, and has at most 50 characters.',
  ...documented('CSUC; LIM', 'customer-attributes'),
  contradiction: 'IDS: ids are case-sensitive.',
  note: 'Ours: letters, digits, `.`, `_` and `-`, since it is a part of paths and account names.',
  decide: (alias) =>
    /^[a-z0-9_-][a-z0-9._-]*$/.test(alias) && alias.length <= ALIAS_LENGTH_MAX
      ? undefined
      : `Must be at most ${ALIAS_LENGTH_MAX} lower-case letters, digits, and . _ - (ca-alias-form)`,
};

/** Of an attribute's name: whether it is taken, left aside, or refused. */
export const caNames: DecidingRule<(name: string) => 'taken' | 'ignored' | FileFault> = {
  id: 'ca-name-no-dot',
  statement: 'The names of a source and of an attribute hold no full stop.',
  ...documented('CA', 'customer-attributes'),
  note: 'Ours: a name with a blank is left aside (ca-name-no-blank); one of `<`, `>`, `\'`, `"`, or of more than 250 characters (ca-name-len), is refused.',
  decide(name) {
    const wrong = wrongName(name);
    if (wrong !== undefined) return wrong;
    return /\s/.test(name) || name === '' ? 'ignored' : 'taken';
  },
};

/** The part of it that a source's name is judged by, too. */
export function wrongName(name: string): FileFault | undefined {
  if (name.includes('.')) return { rule: 'ca-name-no-dot', message: 'A name must not hold a full stop.' };
  if (/[<>'"]/.test(name)) return { rule: 'ca-name-no-blank', message: 'A name must not hold < > \' or ".' };
  return longerThan(name, ATTRIBUTE_NAME_LENGTH_MAX)
    ? { rule: 'ca-name-len', message: `A name must have at most ${ATTRIBUTE_NAME_LENGTH_MAX} characters.` }
    : undefined;
}

/** How a file is packed, by its name. */
export const caFileCsv: DecidingRule<(name: string) => 'csv' | 'gz' | 'zip' | undefined> = {
  id: 'ca-file-csv',
  statement: 'A file is a `.csv`, or one `.csv` in a `.csv.zip` or `.csv.gz`; a zip archive holds one file.',
  ...documented('CSDF', 'customer-attributes'),
  contradiction: 'CA, CSUC: `.gzip`.',
  decide(name) {
    if (name.endsWith('.csv')) return 'csv';
    if (name.endsWith('.csv.gz')) return 'gz';
    return name.endsWith('.csv.zip') ? 'zip' : undefined;
  },
};

/** Which of the names a `.fin` is for. */
export const caFinName: DecidingRule<(fin: string, name: string) => boolean> = {
  id: 'ca-fin-name',
  statement: '`crs123.csv` goes with `crs123.fin`; for a packed file the name is that of the `.csv`.',
  ...documented('CSFTP; CSDF', 'customer-attributes'),
  note: 'Ours: `crm.fin` and `crm.csv.fin` are both read as the one for `crm.csv.gz`.',
  decide(fin, name) {
    const stem = fin.replace(/\.fin$/, '');
    const csv = name.replace(/\.(gz|zip)$/, '');
    return caFileCsv.decide(name) !== undefined && (csv === stem || csv === `${stem}.csv`);
  },
};

export const caSize: DecidingRule<(bytes: number) => FileFault | undefined> = {
  id: 'ca-size',
  statement: 'A file by FTP has at most 4 GB, all files of an account 40 GB.',
  ...documented('CSDF; LIM; CA', 'customer-attributes'),
  note: '100 MB by hand, which is not emulated. Ours: GB is read as 1,000,000,000 bytes, of the file and of what is packed in it.',
  decide: (bytes) =>
    bytes > ATTRIBUTE_FILE_BYTES_MAX ? { rule: 'ca-size', message: 'The file has more than 4 GB.' } : undefined,
};

/** When a file is due that was finished at `now`; `previous` is when the client's file before was. */
export const caCadence: DecidingRule<
  (now: number, previous: number | undefined, reading: Settings['attributeFiles']) => number
> = {
  id: 'ca-cadence',
  statement: 'One file is taken every half hour.',
  ...documented('CSDF', 'customer-attributes'),
  setting: 'attributeFiles',
  contradiction: 'CSFAQ: once a day.',
  note: 'Ours: by default at once. Read to the letter, a file is picked up within a minute (ca-fin) and waits for half an hour after the one before.',
  decide: (now, previous, reading) =>
    reading === 'at-once' ? now : Math.max(now + MINUTE_MS, (previous ?? -Infinity) + 30 * MINUTE_MS),
};

const MINUTE_MS = 60_000;

/** What is wrong with the header row as a whole. */
export const caHeader: DecidingRule<(fields: readonly string[]) => FileFault | undefined> = {
  id: 'ca-header',
  statement:
    'The first row is the header row; its first column is the customer id, unique in the file, the others are attributes.',
  ...documented('CSDF; CA', 'customer-attributes'),
  contradiction: 'CADEV calls the ids ECIDs.',
  note: 'Ours: of rows with one id the last counts; of columns with one name none; a name with a line break fails the file, and so does a header none of whose names is taken.',
  decide(fields) {
    if (fields.length > COLUMNS_MAX)
      return { rule: 'our-columns-max', message: `The header row has more than ${COLUMNS_MAX} columns.` };
    if (fields.some((name) => /[\r\n]/.test(name)))
      return { rule: 'ca-header', message: 'A name holds a line break: do the rows end with CR alone?' };
    if (fields.length < 2) return { rule: 'ca-header', message: 'There is no attribute beside the customer id.' };
    const seen = new Set<string>();
    const twice = fields.slice(1).find((name) => name !== '' && seen.size === seen.add(name).size);
    return twice === undefined
      ? undefined
      : { rule: 'ca-header', message: `The attribute ${JSON.stringify(twice)} stands there twice.` };
  },
};

export const caColumnsEqual: DecidingRule<(fields: number, header: number) => FileFault | undefined> = {
  id: 'ca-columns-equal',
  statement: 'Every row has as many fields as the header row.',
  ...documented('CSDF; CA', 'customer-attributes'),
  contradiction: 'Rows of a batch file may be ragged (body-rows-ragged).',
  decide: (fields, header) =>
    fields === header
      ? undefined
      : { rule: 'ca-columns-equal', message: `The row has ${fields} fields, the header row ${header}.` },
};

/** What is wrong with a value that is not blank. */
export const caTypes: DecidingRule<(value: string, type: AttributeSchema['type']) => FileFault | undefined> = {
  id: 'ca-types',
  statement:
    'The schema gives each attribute a type, string, integer or number of two decimals; the first file makes it, and later ones are judged by it.',
  ...documented('CSVAL; CSFTP; CA', 'customer-attributes'),
  setting: 'attributeRows',
  note: 'Ours: by default the whole file fails, by setting the row is left out, since what it gets is not stated; a schema made by a file has texts alone.',
  decide: (value, type) =>
    TYPES[type].test(value) ? undefined : { rule: 'ca-types', message: `A value is no ${type} (${TYPE_FORMS[type]}).` },
};

const TYPES = { string: /^/, integer: /^-?\d+$/, number: /^-?\d+(\.\d{1,2})?$/ };
const TYPE_FORMS = { string: 'any text', integer: 'digits', number: 'at most two decimals' };

/** Which attributes of a source reach Target. */
export const caSubscription: DecidingRule<(source: AttributeSource) => readonly string[]> = {
  id: 'ca-subscription',
  statement:
    'Nothing reaches Target until the source is active and Target is subscribed to chosen attributes, 5 for Standard and 200 for Premium accounts.',
  ...documented('CSSUB; CSDF; LIM', 'customer-attributes'),
  note: 'Ours: 200 here; of more, the first.',
  decide: ({ active, subscribed, attributes = [] }) =>
    active
      ? attributes
          .map(({ name }) => name)
          .filter((name) => subscribed === 'all' || subscribed.includes(name))
          .slice(0, SUBSCRIBED_ATTRIBUTES_MAX)
      : [],
};

/** How long after the first call they are there. */
export const caPreload: DecidingRule<(reading: Settings['attributesArrive']) => number> = {
  id: 'ca-preload',
  statement:
    'A row makes a record before Target has seen the visitor, who gets the attributes at the first call, up to 20 minutes later.',
  ...documented('CSFAQ; CADEV', 'customer-attributes'),
  setting: 'attributesArrive',
  contradiction: 'CSFAQ, next answer: with mbox3rdPartyId everything is there on that call.',
  note: 'Ours: what a later file changes is there at the next call.',
  decide: (reading) => (reading === 'at-once' ? 0 : 20 * MINUTE_MS),
};

/** Whom a call names, for customer attributes: the id of the call itself, and the customer ids that count. */
export interface NamedCustomer {
  readonly thirdPartyId: string | undefined;
  readonly customerIds: readonly Pick<CustomerId, 'id' | 'integrationCode'>[];
}

/** The customer id under which a source's record of the caller is found. `aliases` are those that Target is subscribed to. */
export const caMatch3rd: DecidingRule<
  (customer: NamedCustomer, alias: string, aliases: readonly string[]) => string | undefined
> = {
  id: 'ca-match-3rd',
  statement: 'A call whose mbox3rdPartyId is the customer id of a file reaches its attributes.',
  ...documented('CA; CSFAQ', 'customer-attributes'),
  contradiction: 'METH, CADEV: an ECID is required.',
  note: 'Ours: of the customer ids the first with a subscribed alias counts (ca-needs-subscribed-alias), and for its own source before the mbox3rdPartyId.',
  decide({ thirdPartyId, customerIds }, alias, aliases) {
    const first = customerIds.find(({ integrationCode }) => aliases.includes(integrationCode));
    return first?.integrationCode === alias ? first.id : thirdPartyId;
  },
};

export const caMatchCustomerid: DecidingRule<(customerIds: readonly CustomerId[]) => readonly CustomerId[]> = {
  id: 'ca-match-customerid',
  statement: 'Customer ids reach attributes only while they are authenticated.',
  ...documented('IDV; CA; IDS', 'customer-attributes'),
  decide: (customerIds) => customerIds.filter(({ authenticatedState }) => authenticatedState === 'authenticated'),
};

/** Whether a name of a batch file looks like a customer attribute: it becomes a profile attribute, and is noted. */
export const caPageReadonly: DecidingRule<(name: string) => boolean> = {
  id: 'ca-page-readonly',
  statement: 'Customer attributes are changed by files only, never from a page.',
  ...documented('CADEV', 'v1', 'v2', 'customer-attributes'),
  note: 'Ours: nor by bulk or single updates: a column `crs.x` is a profile attribute of that name, and noted.',
  decide: (name) => name.startsWith('crs.'),
};
