/** Whose answer it was: the three things that a reader must always be able to tell apart. */
import type { JournalEntry } from '../control-api.ts';
import { RuleChip } from './rule-chip.tsx';

export const CAUSES = [
  ['rule', 'the API would say this'],
  ['fault', 'you asked for this fault'],
  ['bug', 'the emulator is broken'],
] as const;

export function causeOf(entry: JournalEntry): string {
  if (entry.kind === 'fault') return 'fault';
  const [kind = ''] = (entry.cause ?? '').split('/');
  return kind === '' ? 'rule' : kind;
}

export function Cause({ entry }: { readonly entry: JournalEntry }) {
  const kind = causeOf(entry);
  const meaning = CAUSES.find(([name]) => name === kind)?.[1] ?? kind;
  const [, detail] = entry.kind === 'fault' ? ['', entry.fault] : (entry.cause ?? '').split('/');
  return (
    <span class="cause">
      <span class={`pill cause-${kind}`}>{meaning}</span>{' '}
      {kind === 'rule' && detail !== undefined ? <RuleChip id={detail} /> : <span class="quiet">{detail}</span>}
    </span>
  );
}
