/** The fields that operations share, each with the rule that judges it. */
import { z } from 'zod';
import { ourClientCode } from '../../protocol/rules/index.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { once } from '../runtime/once.ts';

/** A client code, whether or not somebody has used it. */
export const clientCode = once(() =>
  z.string().transform((text, context): ClientCode => {
    const client = ourClientCode.decide(text);
    if (typeof client === 'string') return client;
    context.addIssue({ code: 'custom', message: client.message });
    return z.NEVER;
  }),
);

/** The token of the control API as an option, which server and command say alike. */
export const controlTokenField = z
  .string()
  .regex(/^[\w.~+/=-]{8,}$/, 'Must be 8 or more letters, digits and . _ ~ + / = -')
  .optional()
  .describe('Token that /__emulator wants; beyond loopback one is made and printed unless it is given.');

/** A text as a rule wants it, which says what is wrong with one. */
export const ruled = (wrong: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = wrong(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** An operation on a client code. */
export const ofClient = {
  takes: once(() => ({ path: { client: clientCode() } })),
  asked: (client: string) => ({ path: { client } }),
} as const;

/** The same, or on all where none is named. */
export const ofOneOrAll = {
  takes: once(() => ({ path: { client: clientCode().optional() } })),
  asked: (client?: string) => ({ path: { client } }),
} as const;

/** A whole number. */
export const wholeNumber = (min: number, max: number, error: string) => z.int({ error }).min(min).max(max);

/** What a path or a query says: text alone, so that the digits of a number stand for it there, and nowhere else. */
export function readText(given: object, { shape }: z.ZodObject): object {
  const read = Object.entries(given).map(([name, text]: [string, unknown]) => {
    const isNumber = typeof text === 'string' && /^\d{1,9}$/.test(text) && isForNumbers(shape[name]);
    return [name, isNumber ? Number(text) : text];
  });
  return Object.fromEntries(read);
}

function isForNumbers(field: z.core.$ZodType | undefined): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return isForNumbers(field.unwrap());
  return field instanceof z.ZodNumber;
}

const PAGE_ITEMS_DEFAULT = 100;
const PAGE_ITEMS_MAX = 1_000;

/** How lists are asked for: `limit` items after `cursor`. */
export const page = once(() => ({
  limit: wholeNumber(1, PAGE_ITEMS_MAX, `Must be a whole number, 1 to ${PAGE_ITEMS_MAX}`)
    .default(PAGE_ITEMS_DEFAULT)
    .describe(`Items of a page: ${PAGE_ITEMS_DEFAULT} unless told, at most ${PAGE_ITEMS_MAX}.`),
  // Every list numbers its items.
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, 'Must be the `next` of another page')
    .optional()
    .describe('The `next` of the page before.'),
}));

/** One page of a list. */
export interface PageQuery extends z.input<z.ZodObject<ReturnType<typeof page>>> {}
