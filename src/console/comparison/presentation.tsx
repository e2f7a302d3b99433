/** The comparison at a projector: one thing at a time in large type, led by the keyboard, values masked until asked for. */
import { useEffect, useRef } from 'preact/hooks';
import type { Comparison } from '../../compare/comparison.ts';
import { OutcomeBadge } from '../parts/outcome.tsx';
import { Personal, visible } from '../parts/personal.tsx';
import { RuleChip, Sentence } from '../parts/rule-chip.tsx';
import { present } from '../preferences.ts';
import { count, nothingOf, Sides, Traits, wayName, waysOf } from './comparison-view.tsx';

/** Differences that are shown one by one; nobody sits through more. */
const ROWS_SHOWN = 5;
const PROFILES_SHOWN = 5;

export interface PresentationProps {
  readonly comparison: Comparison;
  readonly step: number;
  readonly goTo: (step: number) => void;
  readonly end: () => void;
}

export function Presentation({ comparison, step, goTo, end }: PresentationProps) {
  const steps = stepsOf(comparison);
  // What stands in an address may be no number at all.
  const within = (wanted: number) => Math.min(Math.max(0, Math.trunc(wanted) || 0), steps.length - 1);
  const at = within(step);
  // A key that is held comes again before the page is drawn.
  const latest = useRef(at);
  latest.current = at;
  const to = (wanted: number) => {
    latest.current = within(wanted);
    goTo(latest.current);
  };
  useEffect(() => {
    present(true);
    return () => present(false);
  }, []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const moves: Readonly<Record<string, number>> = { ArrowRight: 1, ' ': 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
      const by = moves[event.key];
      if (event.key === 'Escape') end();
      else if (event.key === 'Home') to(0);
      else if (event.key === 'End') to(steps.length - 1);
      else if (by === undefined) return;
      else to(latest.current + by);
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  return (
    <div class="presentation">
      <div class="slide" aria-live="polite">
        {steps[at]!.show()}
      </div>
      <footer>
        <button type="button" onClick={() => to(at - 1)} disabled={at === 0}>
          Back
        </button>
        <span class="number">
          {at + 1} of {steps.length}
        </span>
        <button type="button" onClick={() => to(at + 1)} disabled={at === steps.length - 1}>
          On
        </button>
        <span class="quiet hint">← → to step, m to show values, Esc to end</span>
        <button type="button" class="quiet-button" onClick={end}>
          End
        </button>
      </footer>
    </div>
  );
}

function stepsOf(comparison: Comparison) {
  const { input, rows, seeded, differingRows, differingProfiles, rules } = comparison;
  const ways = waysOf(comparison);
  return [
    {
      show: () => (
        <div class="title-slide">
          <p class="eyebrow">Bulk Profile Update API, and customer attributes</p>
          <h1>One file, three ways</h1>
          <p>
            <bdi>{input}</bdi>, {count(rows, 'row')}, over {count(seeded, 'profile')} that existed before.
          </p>
        </div>
      ),
    },
    {
      show: () => (
        <>
          <h1>What became of its rows</h1>
          <Sides comparison={comparison} />
        </>
      ),
    },
    ...differingRows.first.slice(0, ROWS_SHOWN).map((difference, index) => ({
      show: () => (
        <>
          <p class="eyebrow">
            Row {difference.row}, {index + 1} of {differingRows.count.toLocaleString()} with another outcome
          </p>
          <h1>{difference.id === null ? 'No id' : <Personal text={difference.id} />}</h1>
          <div class="sides">
            {ways.map((way) => {
              const result = difference[way];
              return (
                <section key={way} class="side card" aria-label={wayName(way)}>
                  <h2>{wayName(way)}</h2>
                  <p>{result !== undefined && <OutcomeBadge outcome={result.outcome} />}</p>
                  <p>
                    <Sentence
                      text={
                        (way === 'customerAttributes' ? undefined : statementOf(rules, result?.rule ?? '')) ??
                        result?.message ??
                        ''
                      }
                    />
                  </p>
                  {result !== undefined && <RuleChip id={result.rule} />}
                </section>
              );
            })}
          </div>
        </>
      ),
    })),
    ...differingProfiles.first.slice(0, PROFILES_SHOWN).map((profile, index) => ({
      show: () => (
        <>
          <p class="eyebrow">
            Profile {index + 1} of {differingProfiles.count.toLocaleString()} that differ now
          </p>
          <h1>
            <Personal text={profile.id} />
          </h1>
          <div class="sides">
            {ways.map((way) => (
              <section key={way} class="side card" aria-label={wayName(way)}>
                <h2>{wayName(way)}</h2>
                {profile.exists[way] === true ? (
                  <dl class="pairs">
                    {profile.attributes.slice(0, ATTRIBUTES_SHOWN).map((attribute) => (
                      <div key={attribute.name} class={(attribute[way] ?? null) === null ? 'lacking' : undefined}>
                        <dt>
                          <bdi>{visible(attribute.name)}</bdi>
                        </dt>
                        <dd>
                          <Value value={attribute[way]} />
                        </dd>
                      </div>
                    ))}
                  </dl>
                ) : (
                  <p class="quiet">{nothingOf(way)}</p>
                )}
              </section>
            ))}
          </div>
        </>
      ),
    })),
    {
      show: () => (
        <>
          <h1>Whatever the file is</h1>
          <Traits comparison={comparison} />
        </>
      ),
    },
    {
      show: () => (
        <>
          <h1>Why</h1>
          <dl class="why-slide">
            {rules.slice(0, RULES_SHOWN).map(({ id, statement, source }) => (
              <div key={id}>
                <dt>{id}</dt>
                <dd>
                  <Sentence text={statement} /> <span class="source">{source}</span>
                </dd>
              </div>
            ))}
          </dl>
        </>
      ),
    },
  ];
}

const Value = ({ value }: { readonly value: string | null | undefined }) =>
  value === null || value === undefined ? <>–</> : <Personal text={value} />;

const ATTRIBUTES_SHOWN = 7;
const RULES_SHOWN = 7;

const statementOf = (rules: Comparison['rules'], id: string) => rules.find((rule) => rule.id === id)?.statement;
