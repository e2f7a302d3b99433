/** An entry of the journal as JSON. */
import type { JournalEntry } from '../store/journal-entries.ts';
import { isoTime } from './iso-time.ts';

export function entryJson({ at, ...entry }: JournalEntry) {
  if (entry.kind === 'fault') return { ...entry, at: isoTime(at) };
  return { ...entry, at: isoTime(at), endedAt: isoTime(entry.endedAt) };
}
