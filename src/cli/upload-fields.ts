/** The options of `tpe upload` as fields; its document is written from the same list. */
import { uploadOptionsSchema } from '../client/index.ts';
import { fieldsOf, type Field } from './schema-fields.ts';

/** The token is not among them: it comes from TPE_TOKEN alone (environment.ts). */
export const UPLOAD_FIELDS: readonly Field[] = fieldsOf(
  uploadOptionsSchema.omit({ token: true }),
  // Which part one upload goes on with, and that one really means production, is said where it is meant.
  (name) => name !== 'fromPart' && name !== 'production',
);
