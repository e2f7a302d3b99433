/** A rule by its id, leading to what is known of it; its sentence shows on hover. */
import { href } from '../route.ts';
import { Source } from './source.tsx';

export function RuleChip({ id, statement }: { readonly id: string; readonly statement?: string | undefined }) {
  return (
    <a class="rule" href={href(['rules'], { q: id })} title={statement}>
      {id}
    </a>
  );
}

/** The rules that something rests on, each with its sentence, source and confidence. */
export function CitedRules({
  rules,
}: {
  readonly rules: readonly {
    readonly id: string;
    readonly statement: string;
    readonly source: string;
    readonly confidence: string;
  }[];
}) {
  if (rules.length === 0) return null;
  return (
    <dl class="cited">
      {rules.map(({ id, statement, source, confidence }) => (
        <div key={id}>
          <dt>
            <RuleChip id={id} />
          </dt>
          <dd>
            <Sentence text={statement} /> <Source text={source} /> <Confidence of={confidence} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Confidence({ of }: { readonly of: string }) {
  return <span class={`pill confidence-${of}`}>{of.replaceAll('-', ' ')}</span>;
}

/** A sentence of the rulebook: what stands between backticks is code. */
export function Sentence({ text }: { readonly text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
