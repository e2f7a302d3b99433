/** Sources of customer attributes, and the files that bring them: the words that server, model and documents share. */
import type { RuleId } from './rule-ids.ts';

export const ATTRIBUTE_TYPES = ['string', 'integer', 'number'] as const;

/** One attribute of a source (ca-types). */
export interface AttributeSchema {
  readonly name: string;
  readonly type: (typeof ATTRIBUTE_TYPES)[number];
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
}

/** What an attribute source is, but for who may upload to it. */
export interface AttributeSource {
  /** What calls name: `integrationCode`, `vst.{alias}.id`. */
  readonly alias: string;
  readonly name: string;
  readonly description?: string | undefined;
  /** Undefined until the first file makes it. */
  readonly attributes?: readonly AttributeSchema[] | undefined;
  /** The attributes that Target is subscribed to; 'all' stands for all there are, and will be. */
  readonly subscribed: readonly string[] | 'all';
  readonly active: boolean;
}

/** `uploaded` waits for its `.fin`, `waiting` for its turn. */
export const FILE_STATUSES = ['uploaded', 'waiting', 'applying', 'processed', 'failed'] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/** What is wrong with a file or a row of it. */
export interface FileFault {
  readonly rule: RuleId;
  readonly message: string;
  /** From 1; 0 is the header row. */
  readonly row?: number | undefined;
  readonly column?: number | undefined;
}

/** `row 3: The row has 2 fields …`; the header row is called so. */
export function faultText({ row, message }: Pick<FileFault, 'row' | 'message'>): string {
  if (row === undefined) return message;
  return `${row === 0 ? 'header row' : `row ${row}`}: ${message}`;
}

/** As targets show it (ca-shows-audience): blanks of the source's name are left out. */
export const shownName = (source: string, attribute: string): string =>
  `crs.${source.replaceAll(/\s/g, '')}.${attribute}`;
