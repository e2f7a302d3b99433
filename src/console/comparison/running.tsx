/** A comparison under way: the counters of each way as the API would report them, while its rows are applied. */
import type { ComparisonProgress } from '../../compare/comparison.ts';
import { useComparison } from '../live.ts';
import { wayName, WAYS } from './comparison-view.tsx';

type Side = ComparisonProgress['sides'][number];

const NOTHING = { batchSize: 0, consumedCount: 0, successfulUpdates: 0, profilesNotFound: 0, failedUpdates: 0 };
const COUNTERS = ['consumedCount', 'successfulUpdates', 'profilesNotFound', 'failedUpdates'] as const;

export function Running({ name }: { readonly name: string }) {
  const progress = useComparison();
  const sides: readonly Side[] = progress?.sides ?? WAYS.map((api) => ({ api, ...NOTHING }));
  return (
    <>
      <h1>
        <bdi>{name}</bdi> <span class="of">through {sides.map(({ api }) => wayName(api)).join(', ')}</span>
      </h1>
      <p class="facts" role="status">
        The same profiles, the same file: it goes each way now, one after the other.
      </p>
      <div class="sides">
        {sides.map((side) => (
          <RunningSide key={side.api} side={side} />
        ))}
      </div>
    </>
  );
}

function RunningSide({ side }: { readonly side: Side }) {
  const { api, batchSize, consumedCount } = side;
  return (
    <section class="side card" aria-label={wayName(api)}>
      <h2>
        {wayName(api)}{' '}
        <small>
          {batchSize === 0
            ? 'not sent yet'
            : `${consumedCount.toLocaleString()} of ${batchSize.toLocaleString()} rows applied`}
        </small>
      </h2>
      <progress
        max={1}
        value={batchSize === 0 ? 0 : consumedCount / batchSize}
        aria-label={`${wayName(api)}: applied`}
      />
      <dl class="outcomes running">
        {COUNTERS.map((counter) => (
          <div key={counter} class={side[counter] === 0 ? 'none-of-it' : undefined}>
            <dt>{counter}</dt>
            <dd>
              <b>{side[counter].toLocaleString()}</b>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
