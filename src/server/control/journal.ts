/** The journal: what was asked of the emulated API, and whether it was what somebody expected. */
import { z } from 'zod';
import { ownError, ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { RequestContext } from '../http/request-env.ts';
import type { Services } from '../http/services.ts';
import { expectationSchema, journalFilterShape, verification } from '../journal/expectation.ts';
import type { JournalEntry } from '../store/journal-entries.ts';
import { controlBody, controlClient, controlQuery } from './control-input.ts';
import { pageOf, pageQueryShape } from './page-query.ts';

export const journalQuery = z.strictObject({
  ...journalFilterShape,
  kind: z.enum(['request', 'fault']).optional(),
  status: z
    .string()
    .regex(/^[1-5]\d\d$/, 'Must be a status code')
    .transform(Number)
    .optional(),
  ...pageQueryShape,
});

export const clearQuery = z.strictObject({ client: z.string().optional() });

export function showJournal({ journal }: Services, c: RequestContext): Reply {
  const query = controlQuery(c, journalQuery);
  if (query instanceof Reply) return query;
  if (journal === undefined) return journalOff();
  const { limit: _, cursor: __, ...filter } = query;
  const { entries, next, evicted } = journal.read({ ...filter, ...pageOf(query) });
  return ownJson({ entries: entries.map(entryView), next: next ?? null, evicted });
}

export function clearJournal({ journal }: Services, c: RequestContext): Reply {
  const query = controlQuery(c, clearQuery);
  if (query instanceof Reply) return query;
  const client = query.client === undefined ? undefined : controlClient(query.client);
  if (client instanceof Reply) return client;
  journal?.clear(client);
  return new Reply(204);
}

/** 200 with how many there were, or 409 with why not and what was seen instead. */
export async function verifyJournal({ journal }: Services, c: RequestContext): Promise<Reply> {
  const expectation = await controlBody(c, expectationSchema);
  if (expectation instanceof Reply) return expectation;
  const verified = verification(journal, expectation);
  switch (verified.kind) {
    case 'verified':
      return ownJson({ count: verified.count });
    case 'journal-off':
      return ownError({ status: 409, code: 'journal-off', message: verified.message });
    case 'evicted':
    case 'not-verified': {
      const { kind, message, count, seen } = verified;
      const error = { code: kind, message: `target-profile-emulator: ${message}`, issues: [] };
      return ownJson({ error, count, seen: seen.map(entryView) }, 409);
    }
  }
}

function entryView({ at, ...entry }: JournalEntry) {
  if (entry.kind === 'fault') return { ...entry, at: new Date(at).toISOString() };
  return { ...entry, at: new Date(at).toISOString(), endedAt: new Date(entry.endedAt).toISOString() };
}

const journalOff = () =>
  ownError({ status: 409, code: 'journal-off', message: 'the emulator was started with --journal off.' });
