/** How lists are asked for: `limit` items after `cursor`. */
import { z } from 'zod';

const PAGE_ITEMS_DEFAULT = 100;
const PAGE_ITEMS_MAX = 1_000;

export const pageQueryShape = {
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'Must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(PAGE_ITEMS_MAX))
    .default(PAGE_ITEMS_DEFAULT),
  /** `next` of the page before; every list numbers its items. */
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, 'Must be the `next` of another page')
    .optional(),
};

/** Without the fields that are undefined. */
export function pageOf(query: { limit: number; cursor?: string | undefined }): { limit: number; cursor?: string } {
  return query.cursor === undefined ? { limit: query.limit } : { limit: query.limit, cursor: query.cursor };
}
