/** The single profile update: what its parameters mean. */
import {
  SINGLE_UPDATE_GET_BYTES_MAX,
  SINGLE_UPDATE_POST_BYTES_MAX,
  type Rejection,
  type VisitorId,
} from '../vocabulary/index.ts';
import type { Progression } from '../vocabulary/progression.ts';
import { emptyIgnored } from './empty-values.ts';
import { ourUndecodable, undecodable } from './encoding.ts';
import { type DecidingRule, documented, observedByClient, refuse } from './rule.ts';

export interface SingleUpdate {
  readonly kind: 'update';
  readonly id: VisitorId;
  /** Each name once, with the last value given for it. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  /** Of a parameter that is neither an id nor has the prefix: its sender meant something by it. */
  readonly hasStray: boolean;
}

/** The parameters of query and form body together, decoded, in the order they were sent. */
export const sglParams: DecidingRule<(parameters: Iterable<readonly [string, string]>) => SingleUpdate | Rejection> = {
  id: 'sgl-params',
  statement:
    'A single update names the visitor by `mboxPC` or `mbox3rdPartyId` and the attributes by `profile.{name}={value}`, UTF-8 and case-sensitive.',
  ...documented('SINGLE; TT-U', 'single-update'),
  note: "The prefix is required here and forbidden in a batch file. Ours: with both ids the customer's counts; of one name the last value counts; empty values change nothing.",
  decide(parameters) {
    let pcId = '';
    let thirdPartyId = '';
    const attributes = new Map<string, string>();
    let hasStray = false;
    for (const [parameter, value] of parameters) {
      const name = sglDottedNames.decide(parameter);
      const isId = parameter === 'mboxPC' || parameter === 'mbox3rdPartyId';
      hasStray ||= name === undefined && !isId;
      if (emptyIgnored.decide(value)) continue;
      if ((isId || name !== undefined) && [parameter, value].some(ourUndecodable.decide)) return UNDECODABLE;
      if (parameter === 'mboxPC') pcId = value;
      else if (parameter === 'mbox3rdPartyId') thirdPartyId = value;
      if (name === undefined) continue;
      attributes.delete(name);
      attributes.set(name, value);
    }
    if (pcId === '' && thirdPartyId === '') return NO_ID;
    return {
      kind: 'update',
      id: thirdPartyId === '' ? { kind: 'pcId', value: pcId } : { kind: 'thirdPartyId', value: thirdPartyId },
      attributes: [...attributes].map(([name, value]) => ({ name, value })),
      hasStray,
    };
  },
};

const UNDECODABLE = undecodable('An id or attribute of the update');
const NO_ID: Rejection = refuse('sgl-params', 'The update names no visitor; send mboxPC or mbox3rdPartyId.');

/** The attribute a parameter writes; undefined for one that writes none. */
export const sglDottedNames: DecidingRule<(parameter: string) => string | undefined> = {
  id: 'sgl-dotted-names',
  statement: "An attribute's name is all that follows the first `profile.`, further dots included.",
  ...observedByClient('SEG', 'single-update'),
  decide: (parameter) =>
    parameter.startsWith(PREFIX) && parameter.length > PREFIX.length ? parameter.slice(PREFIX.length) : undefined,
};

const PREFIX = 'profile.';

/** Whether an update of a client of this pace is applied before it is answered. */
export const sglLatency: DecidingRule<(pace: Progression['kind']) => boolean> = {
  id: 'sgl-latency',
  statement: 'An update takes usually less than an hour and up to 24 to be seen.',
  ...documented('SINGLE (2019-09-06 on)', 'single-update'),
  contradiction: 'TT-U, and SLATE until 2019: generally under a minute.',
  note: "Ours: it goes at the pace of its client's batches. One that waits has its place among them, as a v1 batch of one row that this rule is noted of. Nobody polls for an update, so at a pace of polls it is applied at once.",
  decide: (pace) => pace === 'immediate' || pace === 'polls',
};

/** `bytes` counts query and body as sent. */
export const limSingleSize: DecidingRule<(method: 'GET' | 'POST', bytes: number) => Rejection | undefined> = {
  id: 'lim-single-size',
  statement: 'A single update may have 8 KB with GET and 60 KB with POST.',
  ...documented('SINGLE; TT-U', 'single-update'),
  note: 'Ours: KB is read as 1,024 bytes, in strict mode too; query and body as sent count, and beyond it the refusal is in-band, since neither is stated.',
  decide(method, bytes) {
    const max = method === 'GET' ? SINGLE_UPDATE_GET_BYTES_MAX : SINGLE_UPDATE_POST_BYTES_MAX;
    if (bytes <= max) return undefined;
    return refuse('lim-single-size', `The update has more than ${max} bytes, the most for ${method}.`);
  },
};

/** `calls` of one client code, by hour since 1970; `most` that may be made. */
export const limSingleRate: DecidingRule<
  (calls: Iterable<readonly [hour: number, count: number]>, now: number, most: number) => Rejection | undefined
> = {
  id: 'lim-single-rate',
  statement: 'The single update takes 1 million calls in any 24 hours.',
  ...documented('SINGLE', 'single-update'),
  setting: 'singleUpdatesPerDay',
  note: 'The setting is the number, for tests that cannot make a million. Ours: counted for each client code, in the hour that runs on its clock and the 23 before; what is refused does not count, and gets HTTP 503 (as err-rate-503 does), since the answer is not stated.',
  decide(calls, now, most) {
    let made = 0;
    for (const [hour, count] of calls) if (isOfDay(hour, now)) made += count;
    return made < most
      ? undefined
      : refuse('lim-single-rate', 'The single updates of 24 hours are spent; send this one later.');
  },
};

export const hourOf = (now: number) => Math.floor(now / 3_600_000);

/** Whether an hour is the one that runs, or of the 23 before. Where the clock was set back, there are later ones. */
export const isOfDay = (hour: number, now: number) => hour > hourOf(now) - 24 && hour <= hourOf(now);
