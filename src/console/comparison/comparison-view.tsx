/** One file through v1, v2 and as customer attributes: what became of its rows, and each difference with the rule behind it. */
import { useState } from 'preact/hooks';
import type { Comparison, Way } from '../../compare/comparison.ts';
import { OutcomeBadge, OutcomeBar, outcomeName, OUTCOMES } from '../parts/outcome.tsx';
import { Personal, visible } from '../parts/personal.tsx';
import { CitedRules, RuleChip } from '../parts/rule-chip.tsx';

/** The columns of a comparison, left to right. */
export const WAYS = ['v1', 'v2', 'customerAttributes'] as const satisfies readonly Way[];
export const wayName = (way: Way): string => (way === 'customerAttributes' ? 'customer attributes' : way);
/** Those that the file can go. */
export const waysOf = ({ attributesRefused }: Comparison): readonly Way[] =>
  attributesRefused === undefined ? WAYS : APIS;
const APIS = ['v1', 'v2'] as const;

export function ComparisonView({
  comparison,
  present,
}: {
  readonly comparison: Comparison;
  readonly present: () => void;
}) {
  const { input, rows, seeded, different, differingRows, differingProfiles, rules } = comparison;
  return (
    <>
      <div class="section-head">
        <h1>
          <bdi>{input}</bdi> <span class="of">through v1, v2 and as customer attributes</span>
        </h1>
        <button type="button" class="primary" onClick={present}>
          Present it
        </button>
      </div>
      <p class="facts">
        <span>{count(rows, 'row')}</span>
        <span>{count(seeded, 'profile')} existed before</span>
        <span>{different ? 'The ways differ' : 'No difference: each way does the same with this file'}</span>
      </p>
      <Sides comparison={comparison} />
      <Remarks comparison={comparison} />
      {differingRows.count > 0 && (
        <section aria-labelledby="differing-rows">
          <h2 id="differing-rows">Rows with another outcome {listed(differingRows)}</h2>
          <RowDifferences rows={differingRows.first} ways={waysOf(comparison)} />
        </section>
      )}
      {differingProfiles.count > 0 && (
        <section aria-labelledby="differing-profiles">
          <h2 id="differing-profiles">Profiles that differ now {listed(differingProfiles)}</h2>
          <ProfileDifferences profiles={differingProfiles.first} ways={waysOf(comparison)} />
        </section>
      )}
      <section aria-labelledby="traits">
        <h2 id="traits">Whatever the file is</h2>
        <Traits comparison={comparison} />
      </section>
      <section aria-labelledby="why">
        <h2 id="why">Why</h2>
        <CitedRules rules={rules} />
      </section>
    </>
  );
}

export const count = (number: number, what: string) => `${number.toLocaleString()} ${what}${number === 1 ? '' : 's'}`;

function listed({ count: all, first }: { readonly count: number; readonly first: readonly unknown[] }) {
  return (
    <small>{first.length < all ? `the first ${first.length} of ${all.toLocaleString()}` : all.toLocaleString()}</small>
  );
}

/** v1 left, v2 and customer attributes right of it. */
export function Sides({ comparison: { outcomes, rows, attributesRefused } }: { readonly comparison: Comparison }) {
  return (
    <div class="sides">
      {WAYS.map((way) => {
        const told = outcomes[way];
        if (told === undefined) return <RefusedSide key={way} refused={attributesRefused} />;
        const counts: Record<string, number> = {};
        for (const { outcome, count: number } of told) counts[outcome] = (counts[outcome] ?? 0) + number;
        return (
          <section key={way} class="side card" aria-label={wayName(way)}>
            <h2>{wayName(way)}</h2>
            <OutcomeBar counts={counts} total={rows} />
            <dl class="outcomes">
              {OUTCOMES.filter((outcome) => outcome !== 'lost').map((outcome) => {
                const own = told.filter((each) => each.outcome === outcome);
                return (
                  <div key={outcome} class={own.length === 0 ? 'none-of-it' : undefined}>
                    <dt>
                      <span class={`dot outcome-${outcome}`} />
                      {outcomeName(outcome)}
                    </dt>
                    <dd>
                      <b>{(counts[outcome] ?? 0).toLocaleString()}</b>
                      <span class="why">
                        {own.map(({ rule }) => (
                          <RuleChip key={rule} id={rule} />
                        ))}
                      </span>
                    </dd>
                  </div>
                );
              })}
            </dl>
          </section>
        );
      })}
    </div>
  );
}

/** The file cannot go this way. */
function RefusedSide({ refused }: { readonly refused: Comparison['attributesRefused'] }) {
  return (
    <section class="side card" aria-label={wayName('customerAttributes')}>
      <h2>{wayName('customerAttributes')}</h2>
      <p>
        Not this file. {refused?.message} <RuleChip id={refused?.rule ?? ''} />
      </p>
    </section>
  );
}

/** What sets the ways apart, each with the rule that says so. */
export function Traits({ comparison: { traits } }: { readonly comparison: Comparison }) {
  return (
    <div class="table">
      <table class="stacked">
        <thead>
          <tr>
            <th>
              <span class="hidden">Question</span>
            </th>
            <Heads ways={WAYS} />
          </tr>
        </thead>
        <tbody>
          {traits.map(({ question, answers }) => (
            <tr key={question}>
              <th scope="row">{question}</th>
              {WAYS.map((way) => (
                <td key={way} data-label={wayName(way)}>
                  {answers[way].says}
                  <RuleChip id={answers[way].rule} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Remarks({ comparison }: { readonly comparison: Comparison }) {
  const { pendingProfiles, skippedRows, rowsNotCompared, diagnostics } = comparison;
  const noted = [...new Set(APIS.flatMap((api) => diagnostics[api].map(({ rule }) => rule)))];
  const times = (api: 'v1' | 'v2', rule: string) => diagnostics[api].find((note) => note.rule === rule)?.count ?? 0;
  if (pendingProfiles + skippedRows + rowsNotCompared + noted.length === 0) return null;
  return (
    <ul class="notes">
      {pendingProfiles > 0 && (
        <li>
          v2 holds values of {count(pendingProfiles, 'profile')} as pending: the next v2 batch may take them away,
          unless a visit comes first. <RuleChip id="v2-override-caveat" />
        </li>
      )}
      {skippedRows > 0 && <li>{count(skippedRows, 'faulty row')} of the file left out.</li>}
      {rowsNotCompared > 0 && (
        <li>
          The profiles of {count(rowsNotCompared, 'row')} were not compared: the file is too large to be kept twice.
        </li>
      )}
      {noted.map((rule) => (
        <li key={rule}>
          Noted: <RuleChip id={rule} />{' '}
          {APIS.map((api) => `${times(api, rule).toLocaleString()}× in ${api}`).join(', ')}
        </li>
      ))}
    </ul>
  );
}

interface InWays {
  readonly ways: readonly Way[];
}

/** Of a long list, until somebody asks for the rest. */
const FIRST_SHOWN = 20;

function useFirst<Item>(all: readonly Item[]) {
  const [isWhole, setWhole] = useState(false);
  const more = !isWhole && all.length > FIRST_SHOWN && (
    <p>
      <button type="button" onClick={() => setWhole(true)}>
        Show all {all.length.toLocaleString()}
      </button>
    </p>
  );
  return { shown: isWhole ? all : all.slice(0, FIRST_SHOWN), more };
}

export function RowDifferences({ rows, ways }: InWays & { readonly rows: Comparison['differingRows']['first'] }) {
  const { shown, more } = useFirst(rows);
  return (
    <>
      <div class="table">
        <table class="stacked">
          <thead>
            <tr>
              <th class="number">Row</th>
              <th>Id</th>
              <Heads ways={ways} />
            </tr>
          </thead>
          <tbody>
            {shown.map(({ part, row, id, ...results }) => (
              <tr key={`${part} ${row}`}>
                <td class="number" data-label="Row">
                  {part > 1 ? `${part}:${row}` : row}
                </td>
                <td data-label="Id">{id === null ? <span class="quiet">–</span> : <Personal text={id} />}</td>
                {ways.map((way) => {
                  const result = results[way];
                  return (
                    <td key={way} data-label={wayName(way)}>
                      {result !== undefined && <OutcomeBadge outcome={result.outcome} />}{' '}
                      {result !== undefined && <RuleChip id={result.rule} statement={result.message} />}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </>
  );
}

const Heads = ({ ways }: InWays) => (
  <>
    {ways.map((way) => (
      <th key={way}>{wayName(way)}</th>
    ))}
  </>
);

type Profiles = Comparison['differingProfiles']['first'];

export function ProfileDifferences({ profiles, ways }: InWays & { readonly profiles: Profiles }) {
  const { shown, more } = useFirst(profiles);
  return (
    <>
      <div class="table">
        <table class="grouped stacked">
          <thead>
            <tr>
              <th>Profile</th>
              <th>Attribute</th>
              <Heads ways={ways} />
            </tr>
          </thead>
          {shown.map(({ id, exists, attributes }) => (
            <tbody key={id}>
              {(attributes.length === 0 ? [undefined] : attributes).map((attribute, index) => (
                <tr key={attribute?.name ?? ''}>
                  {index === 0 && (
                    <th scope="rowgroup" rowSpan={Math.max(1, attributes.length)}>
                      <Personal text={id} />
                    </th>
                  )}
                  <td data-label="Attribute">
                    {attribute === undefined ? <span class="quiet">–</span> : <bdi>{visible(attribute.name)}</bdi>}
                  </td>
                  {ways.map((way) => {
                    const value = attribute?.[way] ?? null;
                    const rule = attribute?.rules[way] ?? '';
                    return (
                      <td
                        key={way}
                        data-label={wayName(way)}
                        class={attribute !== undefined && value === null ? 'lacking' : undefined}
                      >
                        {value === null ? (
                          <span class="quiet">{exists[way] === true ? '–' : nothingOf(way)}</span>
                        ) : (
                          <Personal text={value} />
                        )}
                        {rule !== '' && <RuleChip id={rule} />}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
      {more}
    </>
  );
}

export const nothingOf = (way: Way): string => (way === 'customerAttributes' ? 'no record' : 'no profile');
