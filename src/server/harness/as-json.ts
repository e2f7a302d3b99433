/** What is stored, as JSON has it. */
import type { JournalEntry } from '../store/journal-entries.ts';

export const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();

export function entryJson({ at, ...entry }: JournalEntry) {
  if (entry.kind === 'fault') return { ...entry, at: isoTime(at) };
  return { ...entry, at: isoTime(at), endedAt: isoTime(entry.endedAt) };
}

/** With null for what is undefined. */
export function orNull<Fields extends object>(fields: Fields) {
  type OrNull = {
    [Name in keyof Fields]: undefined extends Fields[Name] ? Exclude<Fields[Name], undefined> | null : Fields[Name];
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? null])) as OrNull;
}

/** Without the fields that are undefined. */
export function defined<Fields extends object>(fields: Fields) {
  type Defined = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined;
}
