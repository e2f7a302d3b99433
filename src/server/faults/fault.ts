/** What a fault is: settings that say when it fires, and one method that says what then happens. */
import { z } from 'zod';
import type { Random } from '../runtime/random.ts';
import type { BatchFaults } from '../store/store.ts';

/** The calls of the emulated API. Our own API has no faults. */
export const OPERATIONS = ['submit', 'status', 'update', 'fetch', 'delivery', 'mbox'] as const;
export type Operation = (typeof OPERATIONS)[number];
/** What a fault can meet: such a call, or a file of customer attributes when its turn is fixed. */
export type Occasion = Operation | 'attributes';

/** What happens, as data; `http/faulty-calls.ts` does it. */
export type FaultEffect =
  /** Answered at once; the request's body is not read on. */
  | { readonly kind: 'answer'; readonly status: number; readonly message: string; readonly retryAfterSeconds?: number }
  /** Answered with 503 where the account has spent its calls of this minute, or its single updates of this day. */
  | { readonly kind: 'limit'; readonly of: 'accountCalls' | 'accountUpdates'; readonly usedByOthers: number }
  | { readonly kind: 'cut-request'; readonly afterBytes: number }
  /** Travels with the batch, or the file, and is stored with it. */
  | { readonly kind: 'batch'; readonly faults: BatchFaults }
  | { readonly kind: 'drop-reply' }
  | { readonly kind: 'edit-reply'; readonly edit: (text: string) => string }
  | { readonly kind: 'delay-reply'; readonly ms: number }
  | { readonly kind: 'drip-reply'; readonly chunkBytes: number; readonly everyMs: number }
  | { readonly kind: 'cut-reply'; readonly afterBytes: number };

/** What every fault is told about when it fires. */
export interface When {
  readonly on: readonly Occasion[];
  readonly probability: number;
  readonly times?: number | undefined;
  readonly per: 'client' | 'content';
  readonly content?: string | undefined;
}

/** Its key in `FAULTS` is the key in a set of faults, and the word in `x-emulator-cause: fault/<name>`. */
export interface Fault<Schema extends z.ZodType = z.ZodType<When>> {
  readonly schema: Schema;
  /** Draws nothing but from `random`, whose stream belongs to this fault of this call. */
  effect(settings: z.output<Schema>, random: Random): FaultEffect;
}

/** `fields` are made when first asked for: most emulators are never told to fail, and schemas are slow to make. */
export function faultOn<Fields extends z.ZodRawShape>(
  operations: readonly Occasion[],
  fields: () => Fields,
  effect: (settings: z.output<FaultSchema<Fields>>, random: Random) => FaultEffect,
): Fault<z.ZodLazy<FaultSchema<Fields>>> {
  return { schema: z.lazy(() => z.strictObject({ ...whenShape(operations), ...fields() })), effect };
}

type FaultSchema<Fields extends z.ZodRawShape> = z.ZodObject<ReturnType<typeof whenShape> & Fields, z.core.$strict>;

/** Requests that a fault may be told to fail before it lets them pass. */
const TIMES_MAX = 1_000_000;

/** Calls that `on` may name, however often: a list of half a million wrong ones is one issue, and not half a million. */
const CALLS_NAMED_MAX = 100;

function boundedCalls(given: Occasion[] | undefined, context: z.RefinementCtx): unknown {
  if (!Array.isArray(given) || given.length <= CALLS_NAMED_MAX) return given;
  context.addIssue({ code: 'custom', message: `Must not name more than ${CALLS_NAMED_MAX} calls` });
  return z.NEVER;
}

/** The fields that all faults share; `on` may name the operations given, and means all of them unless told. */
function whenShape(operations: readonly Occasion[]) {
  return {
    on: z
      .preprocess(boundedCalls, z.array(z.enum(operations)).min(1))
      .default([...operations])
      .describe('The calls it fires on.'),
    probability: z.number().min(0).max(1).default(1).describe('Chance that it fires, drawn anew for each call.'),
    times: z.int().min(1).max(TIMES_MAX).optional().describe('Fires so often, then lets everything pass.'),
    per: z
      .enum(['client', 'content'])
      .default('client')
      .describe('What `times` counts for: each client code, or each content that it sends.'),
    content: z
      .string()
      .regex(/^[0-9a-f]{8,64}$/, 'Must be the sha-256, or at least its first 8 digits, in lower-case hex')
      .optional()
      .describe('Fires on this content only: the sha-256 of the body, of its first 65,536 bytes where it is longer.'),
  };
}
