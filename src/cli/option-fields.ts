/** The options of the emulator as fields, by subject; the documents are written from the same lists. */
import { execOptionsSchema, serveOptionsSchema } from '../server/index.ts';
import { DEFAULT_SETTINGS } from '../protocol/vocabulary/index.ts';
import { fieldsOf, type Field } from './schema-fields.ts';

/** `tpe serve`: how it runs, and which readings it takes. */
export const SERVE_FIELDS: readonly Field[] = fieldsOf(serveOptionsSchema, () => true, { ...DEFAULT_SETTINGS });
export const READING_FIELDS: readonly Field[] = SERVE_FIELDS.filter(({ name }) => name in DEFAULT_SETTINGS);
export const RUNNING_FIELDS: readonly Field[] = SERVE_FIELDS.filter(({ name }) => !(name in DEFAULT_SETTINGS));

/** Where `tpe serve` is and what it wants, and not the emulator of a test beside it. */
const SERVED_PLACE: ReadonlySet<string> = new Set(['host', 'port', 'tlsPort', 'sftpPort', 'data', 'controlToken']);

/** `tpe exec`: the same, with the defaults of a test. */
export const EXEC_FIELDS: readonly Field[] = fieldsOf(execOptionsSchema, (name) => !SERVED_PLACE.has(name), {
  ...DEFAULT_SETTINGS,
});

/** The readings that decide whether a batch file is good. */
export const checkReadingsSchema = serveOptionsSchema.pick({
  body: true,
  byteOrderMark: true,
  surplusCells: true,
  illegalIds: true,
});
export const CHECK_FIELDS: readonly Field[] = READING_FIELDS.filter(({ name }) => name in checkReadingsSchema.shape);
