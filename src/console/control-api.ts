/** The control API as the pages ask it: typed by the schemas of the emulator's own table of operations. */
import type { z } from 'zod';
import type { Comparison, ComparisonResult } from '../compare/comparison.ts';
import type { FaultSet } from '../server/faults/fault-set.ts';
import type { progression } from '../server/harness/progression.ts';
// What the operations answer with; the table itself would bring the whole server into the page's types.
import type * as replies from '../server/harness/replies.ts';

type ReplyOf<Name extends keyof typeof replies> = z.output<ReturnType<(typeof replies)[Name]>>;

export type Health = ReplyOf<'health'>;
export type Clock = ReplyOf<'clock'>;
export type Clients = ReplyOf<'clients'>;
export type Sizes = ReplyOf<'sizes'>;
export type Batches = ReplyOf<'batches'>;
export type Batch = ReplyOf<'batch'>;
export type BatchReply = ReplyOf<'batchReply'>;
export type BatchBody = ReplyOf<'batchBody'>;
export type BatchPace = ReplyOf<'batchPace'>;
export type Rows = ReplyOf<'rows'>;
export type Row = Rows['rows'][number];
export type Outcome = Row['outcome'];
export type RowExplanation = ReplyOf<'rowExplanation'>;
export type ProfileExplanation = ReplyOf<'profileExplanation'>;
export type Profiles = ReplyOf<'profiles'>;
export type JournalEnd = ReplyOf<'journalEnd'>;
export type VisitorJournal = ReplyOf<'visitorJournal'>;
export type JournalEntry = JournalEnd['entries'][number];
export type JournalRequest = Extract<JournalEntry, { kind: 'request' }>;
export type Pace = z.output<ReturnType<typeof progression>>;
export type Rule = ReplyOf<'rules'>['rules'][number];
export type Rehearsal = ReplyOf<'rehearsal'>;
export type Snapshots = ReplyOf<'snapshots'>;
export type Source = ReplyOf<'source'>;
export type AttributeFile = ReplyOf<'file'>;
export type Files = ReplyOf<'files'>;
export type CustomerRecord = ReplyOf<'customerRecord'>;
export type { Comparison, ComparisonResult, FaultSet };

/** What the emulator refused, in its own words. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Relative to the page, which stands at the root of the control API. */
const ROOT = new URL('.', location.href);
/** Where the emulated API is. */
export const API = new URL('..', ROOT).href.replace(/\/$/, '');
export const EVENTS = new URL('events', ROOT).href;

export function ask<Reply>(path: string, signal?: AbortSignal): Promise<Reply> {
  return request<Reply>(path, signal === undefined ? {} : { signal });
}

/** Resolves to undefined where there is nothing to say. */
export function tell<Reply = undefined>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const json = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return request<Reply>(path, body === undefined ? { method } : json);
}

/** Rejects with `Refused` where it is not the token. */
export function logIn(token: string): Promise<undefined> {
  return request('login', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

async function request<Reply>(path: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(new URL(path, ROOT), init);
  const text = await response.text();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  if (response.ok) return json as Reply;
  const { error } = json as { error?: { code: string; message: string } };
  const message = (error?.message ?? text).replace(/^target-profile-emulator: /, '');
  throw new Refused(response.status, error?.code ?? 'unknown', message.charAt(0).toUpperCase() + message.slice(1));
}
