/** Batches, one a line: whose, how far, and what became of their rows. */
import type { Batch } from '../control-api.ts';
import { href } from '../route.ts';
import { OutcomeBar, outcomesOf } from './outcome.tsx';
import { Time } from './time.tsx';

export function BatchTable({ batches }: { readonly batches: readonly Batch[] }) {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>Batch</th>
            <th>Client</th>
            <th>API</th>
            <th>Status</th>
            <th class="number">Rows</th>
            <th class="wide-cell">What became of them</th>
            <th class="number">Failed</th>
            <th>Submitted</th>
          </tr>
        </thead>
        <tbody>
          {batches.map((batch) => (
            <tr key={batch.batchId}>
              <td>
                <a class="id" href={href(['batches', batch.batchId])}>
                  {batch.batchId}
                </a>
              </td>
              <td>
                <a href={href(['c', batch.client])}>{batch.client}</a>
              </td>
              <td>{batch.api}</td>
              <td>
                <span class={`pill status-${batch.status}`}>{batch.status}</span>
              </td>
              <td class="number">{batch.batchSize.toLocaleString()}</td>
              <td class="wide-cell">
                <OutcomeBar counts={outcomesOf(batch)} total={batch.batchSize} />
              </td>
              <td class={batch.failedUpdates > 0 ? 'number bad' : 'number quiet'}>
                {batch.failedUpdates.toLocaleString()}
              </td>
              <td>
                <Time at={batch.submittedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
