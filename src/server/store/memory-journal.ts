/** The journal where nothing outlives the process: a list, under the same bounds and asked in the same words. */
import type { KnownId } from '../../protocol/vocabulary/index.ts';
import type { Journal, JournalEvent, JournalFilter } from './journal-entries.ts';
import {
  entryOf,
  EVICTED_CLIENTS_MAX,
  EVICTED_SHARE,
  FIELDS,
  type FoundValues,
  type JournalBounds,
  NO_CLIENT,
  withinTextBounds,
} from './journal.ts';
import { pathFits } from './path-pattern.ts';
import { pageOf } from './statements.ts';

/** `missed`: entries of an earlier journal that cannot be read. */
export function memoryJournal({ entriesMax, bytesMax }: JournalBounds, missed = 0): Journal {
  let entries: Kept[] = [];
  let bytes = 0;
  let last = 0;
  const evicted = new Map<string, number>([[NO_CLIENT, missed]]);

  const evict = () => {
    for (const kept of entries.splice(0, Math.min(Math.ceil(entriesMax / EVICTED_SHARE), entries.length - 1))) {
      bytes -= bytesOf(kept);
      const { client = NO_CLIENT } = kept.event;
      const mark = evicted.has(client) || evicted.size < EVICTED_CLIENTS_MAX ? client : NO_CLIENT;
      evicted.set(mark, (evicted.get(mark) ?? 0) + 1);
    }
  };
  const evictedOf = (client: string | undefined) => {
    if (client !== undefined) return (evicted.get(client) ?? 0) + (evicted.get(NO_CLIENT) ?? 0);
    return [...evicted.values()].reduce((sum, count) => sum + count, 0);
  };
  const found = (filter: JournalFilter, after = 0) => {
    const fits = fitting(filter);
    return entries.filter(({ sequence, event }) => sequence > after && fits(event));
  };

  return {
    add(event, visitors) {
      last += 1;
      const kept = { sequence: last, event: withinTextBounds(event), visitors };
      entries.push(kept);
      bytes += bytesOf(kept);
      // The entry just written stays, however large it is.
      while (entries.length > 1 && (entries.length > entriesMax || bytes > bytesMax)) evict();
    },
    read({ limit, cursor, ...filter }) {
      const { items, next } = pageOf(found(filter, Number(cursor ?? 0)), limit, ({ sequence }) => sequence);
      return { entries: items.map(keptEntry), next, evicted: evictedOf(filter.client) };
    },
    latest: (filter, limit) => found(filter).slice(-limit).map(keptEntry),
    ofVisitor(client, visitor, limit) {
      const isOne = ({ kind, value }: KnownId) => visitor.some((id) => id.kind === kind && id.value === value);
      const of = found({ client }).filter(({ visitors }) => visitors?.some(isOne) === true);
      return { entries: of.slice(-limit).map(keptEntry), evicted: evictedOf(client), earlier: 0 };
    },
    count: (filter) => ({ count: found(filter).length, evicted: evictedOf(filter.client) }),
    clear(client) {
      entries = client === undefined ? [] : entries.filter(({ event }) => event.client !== client);
      bytes = entries.reduce((sum, kept) => sum + bytesOf(kept), 0);
      if (client !== undefined) evicted.delete(client);
      else evicted.clear();
    },
    close() {
      entries = [];
    },
  };
}

const keptEntry = ({ sequence, event }: Kept) => entryOf({ sequence, ...event });

interface Kept {
  readonly sequence: number;
  readonly event: JournalEvent;
  /** Those it is about, who stand in no entry. */
  readonly visitors: readonly KnownId[] | undefined;
}

function fitting({ path, fault, ...filter }: JournalFilter): (event: JournalEvent) => boolean {
  const wanted: FoundValues = { ...filter, method: filter.method?.toUpperCase() };
  const fields = FIELDS.filter((field) => wanted[field] !== undefined);
  const fitsPath = path === undefined ? undefined : pathFits(path);
  return (event) => {
    const values: FoundValues = event;
    if (!fields.every((field) => values[field] === wanted[field])) return false;
    const isRequest = event.kind === 'request';
    if (fitsPath !== undefined && !(isRequest && fitsPath(event.path))) return false;
    return fault === undefined || (isRequest ? event.faults.includes(fault) : event.fault === fault);
  };
}

/** Of its texts, and of the object that holds them. */
function bytesOf({ event, visitors = [] }: Kept): number {
  const { batchId = '', content = '' } = event;
  const texts = event.kind === 'fault' ? 0 : event.path.length + event.query.length + (event.bodyStart?.length ?? 0);
  return 256 + batchId.length + content.length + texts + visitors.reduce((sum, { value }) => sum + value.length, 0);
}
