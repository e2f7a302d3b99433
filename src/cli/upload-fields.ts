/** The options of `tpe upload` as fields; its document is written from the same list. */
import { inputOptionsSchema, uploadOptionsSchema } from '../client/index.ts';
import { MAP_FIELD } from './mapping-file.ts';
import { fieldsOf, type Field } from './schema-fields.ts';

/** The token is not among them: it comes from TPE_TOKEN alone (environment.ts). */
export const UPLOAD_FIELDS: readonly Field[] = [
  // Which part one upload goes on with, and that one really means production, is said where it is meant.
  ...fieldsOf(uploadOptionsSchema.omit({ token: true }), (name) => name !== 'fromPart' && name !== 'production'),
  MAP_FIELD,
];

/** Those about the input, which `check` and `compare` have too. */
export const INPUT_FIELDS: readonly Field[] = [...fieldsOf(inputOptionsSchema, () => true), MAP_FIELD];
