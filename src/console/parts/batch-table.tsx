/** Batches, one a line: whose, how far, and what became of their rows. */
import type { Batch } from '../control-api.ts';
import { href } from '../route.ts';
import { OutcomeBar, outcomesOf } from './outcome.tsx';
import { Time } from './time.tsx';

export function BatchTable({ batches }: { readonly batches: readonly Batch[] }) {
  return (
    <div class="table">
      <table class="stacked">
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
              <td class="stack-head">
                <a class="id" href={href(['batches', batch.batchId])}>
                  {batch.batchId}
                </a>
              </td>
              <td data-label="Client">
                <a href={href(['c', batch.client])}>{batch.client}</a>
              </td>
              <td data-label="API">{batch.api}</td>
              <td data-label="Status">
                <span class={`pill status-${batch.status}`}>{batch.status}</span>
              </td>
              <td class="number" data-label="Rows">
                {batch.batchSize.toLocaleString()}
              </td>
              <td class="wide-cell" data-label="Outcomes">
                <OutcomeBar counts={outcomesOf(batch)} total={batch.batchSize} />
              </td>
              <td data-label="Failed" class={batch.failedUpdates > 0 ? 'number bad' : 'number quiet'}>
                {batch.failedUpdates.toLocaleString()}
              </td>
              <td data-label="Submitted">
                <Time at={batch.submittedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
