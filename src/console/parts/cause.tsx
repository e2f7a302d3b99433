/** Whose answer it was: the three things that a reader must always be able to tell apart. */
import type { JournalEntry } from '../control-api.ts';
import { RuleChip } from './rule-chip.tsx';

export const CAUSES = [
  ['rule', 'the API would say this'],
  ['fault', 'you asked for this fault'],
  ['bug', 'the emulator is broken'],
] as const;

/** The rule that a cause names, if it does: `rule/err-batch-missing, fault/latency`. */
export const ruleOf = (cause = ''): string | undefined => /^rule\/([\w-]+)/.exec(cause)?.[1];

export function causeOf(entry: JournalEntry): string {
  if (entry.kind === 'fault') return 'fault';
  const [kind = ''] = (entry.cause ?? '').split('/');
  return kind === '' ? 'rule' : kind;
}

export function Cause({ entry }: { readonly entry: JournalEntry }) {
  const kind = causeOf(entry);
  const meaning = CAUSES.find(([name]) => name === kind)?.[1] ?? kind;
  // A fault may have come to what the rule said: `rule/our-unknown-client, fault/latency`.
  const causes = entry.kind === 'fault' ? [`fault/${entry.fault}`] : (entry.cause ?? '').split(', ');
  return (
    <span class="cause">
      <span class={`pill cause-${kind}`}>{meaning}</span>{' '}
      {causes.map((cause) => {
        const rule = ruleOf(cause);
        return rule === undefined ? (
          <span key={cause} class="quiet">
            {cause.replace(/^\w+\//, '')}
          </span>
        ) : (
          <RuleChip key={cause} id={rule} />
        );
      })}
    </span>
  );
}
