/** Rows of a customer attributes file, judged: which attributes they write, and the rule that a row breaks. */
import { caColumnsEqual, caHeader, caNames, caTypes } from '../rules/customer-attributes.ts';
import { refusedId } from '../rules/keys.ts';
import type { AttributeSchema, FileFault } from '../vocabulary/customer-attributes.ts';
import type { Settings } from '../vocabulary/index.ts';
import { fieldsOf } from './dialect.ts';

/** The columns that are read, each with its place in a row; the id is in the first. */
export interface AttributeHeader {
  readonly width: number;
  readonly illegalIds: Settings['illegalIds'];
  readonly columns: readonly { readonly at: number; readonly name: string; readonly type: AttributeSchema['type'] }[];
}

export interface AttributeRow {
  readonly id: string;
  /** For each column of the header; null removes (ca-blank-null). */
  readonly values: readonly (string | null)[];
}

/** `schema` is undefined for a source's first file, which makes it: every attribute is then a text. */
export function readHeader(
  line: string,
  schema: readonly AttributeSchema[] | undefined,
  { illegalIds }: Pick<Settings, 'illegalIds'>,
): AttributeHeader | FileFault {
  const fields = fieldsOf(line);
  if (fields === undefined) return NO_DIALECT;
  const fault = caHeader.decide(fields);
  if (fault !== undefined) return fault;
  const known = schema && new Map(schema.map((attribute) => [attribute.name, attribute.type]));
  const columns: { at: number; name: string; type: AttributeSchema['type'] }[] = [];
  for (const [at, name] of fields.entries()) {
    const verdict = at === 0 ? 'ignored' : caNames.decide(name);
    if (typeof verdict === 'object') return { ...verdict, column: at + 1 };
    if (verdict === 'ignored') continue;
    const type = known === undefined ? 'string' : known.get(name);
    if (type === undefined)
      return { rule: 'ca-types', message: `The schema has no attribute ${JSON.stringify(name)}.`, column: at + 1 };
    columns.push({ at, name, type });
  }
  return columns.length === 0 ? NO_ATTRIBUTE : { width: fields.length, illegalIds, columns };
}

export function readRow(line: string, { width, illegalIds, columns }: AttributeHeader): AttributeRow | FileFault {
  const fields = fieldsOf(line);
  if (fields === undefined) return NO_DIALECT;
  const fault = caColumnsEqual.decide(fields.length, width);
  if (fault !== undefined) return fault;
  const id = fields[0]!;
  if (id === '') return { rule: 'ca-header', message: 'The customer id is blank.', column: 1 };
  // No call could say whom it is about (ca-match-3rd).
  const rule = refusedId('thirdPartyId', id, illegalIds);
  if (rule !== undefined) return { rule, message: UNREACHABLE, column: 1 };
  const values: (string | null)[] = [];
  for (const { at, type } of columns) {
    const value = fields[at]!;
    const wrong = value === '' ? undefined : caTypes.decide(value, type);
    if (wrong !== undefined) return { ...wrong, column: at + 1 };
    values.push(value === '' ? null : value);
  }
  return { id, values };
}

export const isFault = (read: object): read is FileFault => 'rule' in read;

const UNREACHABLE =
  'The customer id has more than 256 characters, or holds `+` or `/`: it cannot be sent as a thirdPartyId.';
const NO_ATTRIBUTE: FileFault = {
  rule: 'ca-header',
  message: 'No attribute has a name that is taken: names without blanks, with commas between them.',
};
const NO_DIALECT: FileFault = {
  rule: 'ca-quoting',
  message:
    'A quote is not closed, or stands in a field that is not quoted: put the field in quotes, and \\ before a quote.',
};
