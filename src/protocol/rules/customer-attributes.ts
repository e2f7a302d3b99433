/** Customer attributes: the third way to bring data into Target, by a file from a source beside the bulk API. */
import {
  ALIAS_LENGTH_MAX,
  ATTRIBUTE_FILE_BYTES_MAX,
  ATTRIBUTE_NAME_LENGTH_MAX,
  SUBSCRIBED_ATTRIBUTES_MAX,
} from '../vocabulary/index.ts';
import type { AttributeSchema, AttributeSource, FileFault, RuleId, Settings } from '../vocabulary/index.ts';
import type { CustomerId } from './delivery.ts';
import { longerThan } from './keys.ts';
import type { DecidingRule, Rule } from './rule.ts';

const documented = (id: RuleId, statement: string, source: string, more: Partial<Rule> = {}) => ({
  id,
  statement,
  source,
  confidence: 'documented' as const,
  versions: ['customer-attributes'] as const,
  ...more,
});

/** What is wrong with an alias; undefined where nothing is. */
export const caAliasForm: DecidingRule<(alias: string) => string | undefined> = {
  ...documented(
    'ca-alias-form',
    'The alias id of a source is unique, in lower case, without blanks, and has at most 50 characters.',
    'CSUC; LIM',
    {
      contradiction: 'IDS: ids are case-sensitive.',
      note: 'Ours: letters, digits, `.`, `_` and `-`, since it is a part of paths and account names.',
    },
  ),
  decide: (alias) =>
    /^[a-z0-9_-][a-z0-9._-]*$/.test(alias) && alias.length <= ALIAS_LENGTH_MAX
      ? undefined
      : `Must be at most ${ALIAS_LENGTH_MAX} lower-case letters, digits, and . _ - (ca-alias-form)`,
};

/** Of an attribute's name: whether it is taken, left aside, or refused. */
export const caNames: DecidingRule<(name: string) => 'taken' | 'ignored' | FileFault> = {
  ...documented('ca-name-no-dot', 'The names of a source and of an attribute hold no full stop.', 'CA', {
    note: 'A name with a blank is left aside (ca-name-no-blank); one of `<`, `>`, `\'`, `"`, or of more than 250 characters (ca-name-len), is refused: ours.',
  }),
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
  ...documented(
    'ca-file-csv',
    'A file is a `.csv`, or one `.csv` in a `.csv.zip` or `.csv.gz`; a zip archive holds one file.',
    'CSDF',
    { contradiction: 'CA, CSUC: `.gzip`.' },
  ),
  decide: (name) =>
    /\.csv(?:\.(gz|zip))?$/
      .exec(name)
      ?.slice(1)
      .map((packed) => packed ?? 'csv')[0] as 'csv' | undefined,
};

/** Which of the names a `.fin` is for. */
export const caFinName: DecidingRule<(fin: string, name: string) => boolean> = {
  ...documented(
    'ca-fin-name',
    '`crs123.csv` goes with `crs123.fin`; for a packed file the name is that of the `.csv`.',
    'CSFTP; CSDF',
    {
      note: '`crm.fin` and `crm.csv.fin` are both read as the one for `crm.csv.gz`: ours.',
    },
  ),
  decide(fin, name) {
    const stem = fin.replace(/\.fin$/, '');
    const csv = name.replace(/\.(gz|zip)$/, '');
    return caFileCsv.decide(name) !== undefined && (csv === stem || csv === `${stem}.csv`);
  },
};

export const caSize: DecidingRule<(bytes: number) => FileFault | undefined> = {
  ...documented('ca-size', 'A file by FTP has at most 4 GB, all files of an account 40 GB.', 'CSDF; LIM; CA', {
    note: 'GB is read as 1,000,000,000 bytes, of the file and of what is packed in it: ours. 100 MB by hand, which is not emulated.',
  }),
  decide: (bytes) =>
    bytes > ATTRIBUTE_FILE_BYTES_MAX ? { rule: 'ca-size', message: 'The file has more than 4 GB.' } : undefined,
};

/** When a file is due that was finished at `now`; `previous` is when the client's file before was. */
export const caCadence: DecidingRule<
  (now: number, previous: number | undefined, reading: Settings['attributeFiles']) => number
> = {
  ...documented('ca-cadence', 'One file is taken every half hour.', 'CSDF', {
    setting: 'attributeFiles',
    contradiction: 'CSFAQ: once a day.',
    note: 'By default at once. Read to the letter, a file is picked up within a minute (ca-fin) and waits for half an hour after the one before.',
  }),
  decide: (now, previous, reading) =>
    reading === 'at-once' ? now : Math.max(now + MINUTE_MS, (previous ?? -Infinity) + 30 * MINUTE_MS),
};

const MINUTE_MS = 60_000;

/** What is wrong with the header row as a whole. */
export const caHeader: DecidingRule<(fields: readonly string[]) => FileFault | undefined> = {
  ...documented(
    'ca-header',
    'The first row is the header row; its first column is the customer id, unique in the file, the others are attributes.',
    'CSDF; CA',
    {
      contradiction: 'CADEV calls the ids ECIDs.',
      note: 'Of rows with one id the last counts; of columns with one name none; a name with a line break fails the file, and so does a header none of whose names is taken: ours.',
    },
  ),
  decide(fields) {
    if (fields.some((name) => /[\r\n]/.test(name)))
      return { rule: 'ca-header', message: 'A name holds a line break: do the rows end with CR alone?' };
    if (fields.length < 2) return { rule: 'ca-header', message: 'There is no attribute beside the customer id.' };
    const twice = fields.find((name, at) => at > 0 && name !== '' && fields.indexOf(name, 1) !== at);
    return twice === undefined
      ? undefined
      : { rule: 'ca-header', message: `The attribute ${JSON.stringify(twice)} stands there twice.` };
  },
};

export const caColumnsEqual: DecidingRule<(fields: number, header: number) => FileFault | undefined> = {
  ...documented('ca-columns-equal', 'Every row has as many fields as the header row.', 'CSDF; CA', {
    contradiction: 'Rows of a batch file may be ragged (body-rows-ragged).',
  }),
  decide: (fields, header) =>
    fields === header
      ? undefined
      : { rule: 'ca-columns-equal', message: `The row has ${fields} fields, the header row ${header}.` },
};

/** What is wrong with a value that is not blank. */
export const caTypes: DecidingRule<(value: string, type: AttributeSchema['type']) => FileFault | undefined> = {
  ...documented(
    'ca-types',
    'The schema gives each attribute a type, string, integer or number of two decimals; the first file makes it, and later ones are judged by it.',
    'CSVAL; CSFTP; CA',
    {
      setting: 'attributeRows',
      note: 'What a row gets that breaks it is not stated. By default the whole file fails; by setting the row is left out. A schema made by a file has texts alone: ours.',
    },
  ),
  decide: (value, type) =>
    TYPES[type].test(value) ? undefined : { rule: 'ca-types', message: `A value is no ${type} (${TYPE_FORMS[type]}).` },
};

const TYPES = { string: /^/, integer: /^-?\d+$/, number: /^-?\d+(\.\d{1,2})?$/ };
const TYPE_FORMS = { string: 'any text', integer: 'digits', number: 'at most two decimals' };

/** Which attributes of a source reach Target. */
export const caSubscription: DecidingRule<(source: AttributeSource) => readonly string[]> = {
  ...documented(
    'ca-subscription',
    'Nothing reaches Target until the source is active and Target is subscribed to chosen attributes, 5 for Standard and 200 for Premium accounts.',
    'CSSUB; CSDF; LIM',
    {
      note: 'Here 200; of more, the first.',
    },
  ),
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
  ...documented(
    'ca-preload',
    'A row makes a record before Target has seen the visitor, who gets the attributes at the first call, up to 20 minutes later.',
    'CSFAQ; CADEV',
    {
      setting: 'attributesArrive',
      contradiction: 'CSFAQ, next answer: with mbox3rdPartyId everything is there on that call.',
      note: 'What a later file changes is there at the next call: ours.',
    },
  ),
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
  ...documented(
    'ca-match-3rd',
    'A call whose mbox3rdPartyId is the customer id of a file reaches its attributes.',
    'CA; CSFAQ',
    {
      contradiction: 'METH, CADEV: an ECID is required.',
      note: 'Of the customer ids the first with a subscribed alias counts (ca-needs-subscribed-alias), and for its own source before the mbox3rdPartyId: ours.',
    },
  ),
  decide({ thirdPartyId, customerIds }, alias, aliases) {
    const first = customerIds.find(({ integrationCode }) => aliases.includes(integrationCode));
    return first?.integrationCode === alias ? first.id : thirdPartyId;
  },
};

export const caMatchCustomerid: DecidingRule<(customerIds: readonly CustomerId[]) => readonly CustomerId[]> = {
  ...documented(
    'ca-match-customerid',
    'Customer ids reach attributes only while they are authenticated.',
    'IDV; CA; IDS',
  ),
  decide: (customerIds) => customerIds.filter(({ authenticatedState }) => authenticatedState === 'authenticated'),
};

/** Whether a name of a batch file looks like a customer attribute: it becomes a profile attribute, and is noted. */
export const caPageReadonly: DecidingRule<(name: string) => boolean> = {
  ...documented('ca-page-readonly', 'Customer attributes are changed by files only, never from a page.', 'CADEV', {
    versions: ['v1', 'v2', 'customer-attributes'],
    note: 'Nor by bulk or single updates: a column `crs.x` is a profile attribute of that name, and noted.',
  }),
  decide: (name) => name.startsWith('crs.'),
};

export const CUSTOMER_ATTRIBUTE_RULES: readonly Rule[] = [
  documented('ca-transport', 'Customer attributes arrive as a `.csv` by FTP, bulk data by an HTTP POST.', 'METH', {
    note: 'Here by SFTP, and by the control API.',
  }),
  documented('ca-sharing', 'Customer attributes can be shared with Analytics; bulk data are for Target only.', 'METH'),
  documented('ca-creates', 'A file creates a profile for a visitor whom Target has not yet seen.', 'METH', {
    contradiction: 'The Swedish page: a slip.',
    note: 'As a record that waits for the visitor (ca-preload).',
  }),
  documented(
    'ca-ids',
    'Customer attributes need an ECID and a customer id under an alias, the bulk API a pcId or thirdPartyId.',
    'METH',
  ),
  documented(
    'ca-own-namespace',
    'Values live beside the profile attributes, as `crs.*`, and share lifetime and 64 KB budget.',
    'CA; BULK',
  ),
  documented(
    'ca-source',
    'Data belong to a source with a name, a description and an alias id, and an account of its own.',
    'CSUC; CSFTP',
  ),
  documented('ca-alias-burnt', 'Deleting a source does not free its alias id.', 'CSUC'),
  documented(
    'ca-alias-meaning',
    'The alias is what calls name: `integrationCode`, or `vst.{alias}.id` of at.js 1.x.',
    'CSUC; IDV; CA',
  ),
  documented(
    'ca-name-no-blank',
    'An attribute whose name has a blank is ignored; `<`, `>`, `\'`, `"` are unsupported.',
    'CSUC',
  ),
  documented('ca-name-len', 'Names of attributes have at most 250 characters.', 'LIM'),
  documented(
    'ca-fin',
    'By FTP nothing happens until a file of the same name with `.fin` is uploaded; renaming makes none.',
    'CSDF; CSFTP; CA',
  ),
  documented('ca-root', 'Both files lie in the root of the account.', 'CSDF; CSFTP'),
  documented('ca-processed', 'Afterwards both are moved to the folder `processed`, or `failed`.', 'CSFTP; CSDF'),
  documented('ca-transport-modes', 'FTP and SFTP, with a password or a key.', 'CSFTP', {
    note: 'Here SFTP: no kept-up FTP server exists to be used.',
  }),
  documented('ca-size-min', 'A file by FTP has at least 10 MB.', 'CSDF (2018-11)', {
    note: "CSDF's own example has less; not enforced.",
  }),
  documented('ca-order', 'The next file is taken only after the one before has been moved.', 'CSDF; CA'),
  documented(
    'ca-quoting',
    'Fields with a line break, a double quote or a comma are quoted; a quote inside is escaped by a backslash.',
    'CSDF',
    {
      contradiction: 'RFC 4180 doubles it.',
      note: 'A backslash before a backslash stands for one, and before anything else for itself: ours.',
    },
  ),
  documented('ca-blank-null', 'A blank field is null.', 'CSDF', {
    contradiction: 'In bulk it is ignored (empty-ignored).',
  }),
  { ...documented('ca-null-removes', 'Null removes the attribute.', 'RN17'), confidence: 'release-note' },
  documented('ca-encoding', 'UTF-8 is mandatory for Japan.', 'CSDF', {
    note: 'Nothing else is said; a file that is not UTF-8 fails: ours.',
  }),
  documented('ca-rows', 'Rows have no known limit; some 200 columns are practical.', 'CSDF'),
  documented(
    'ca-schema-update',
    'To change the schema, remove the subscription and upload a file with the new columns.',
    'CSUPD; CSUC',
  ),
  documented('ca-sync-delay', 'A source takes about an hour, attributes up to 24 hours.', 'CSDF; CSUC; CSFAQ', {
    note: 'Here nothing is waited for but what ca-cadence and ca-preload say.',
  }),
  documented(
    'ca-needs-subscribed-alias',
    'At least one alias of a call must be subscribed; the first known one counts.',
    'CSSUB; 3RD',
  ),
  documented('ca-shared-login', 'An id aliased to 500 ECIDs or more feeds the latest 500.', 'CSUC', {
    note: 'Not emulated.',
  }),
  documented('ca-shows-audience', 'An attribute is called `crs.{source}.{attribute}`.', 'CSUC; CA', {
    note: 'By the name of the source, its blanks left out.',
  }),
  documented('ca-shows-token', "Scripts read `crs.get('{source}.{attribute}')`.", 'CA; VAR', {
    note: 'There are no scripts here.',
  }),
  documented('ca-shows-response', 'They can be response tokens of Delivery replies.', 'target.en response-tokens.md', {
    setting: 'attributeTokens',
    note: 'Their names and place among `options` are ours.',
  }),
  {
    ...documented('ca-shows-fetch', 'Whether a fetch lists customer attributes is stated nowhere.', 'no document', {
      setting: 'attributesInFetch',
    }),
    confidence: 'ours',
  },
  documented('ca-lifetime', 'They live as long as the profile; a file extends its lifetime.', 'CA; CSFAQ', {
    note: "That of the profile whose thirdPartyId is the row's customer id.",
  }),
  documented('ca-loss', 'Up to 0.1 % of large files may not be onboarded.', 'CA', { note: 'Not emulated.' }),
  documented('ca-client', 'They need at.js or mbox.js 58, and the ID service.', 'CSUC; CSFAQ'),
  caAliasForm,
  caNames,
  caFileCsv,
  caFinName,
  caSize,
  caCadence,
  caHeader,
  caColumnsEqual,
  caTypes,
  caSubscription,
  caPreload,
  caMatch3rd,
  caMatchCustomerid,
  caPageReadonly,
];
