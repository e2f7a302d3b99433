/** One row: its cells as read, what became of it and why, and what is left of what it wrote. */
import { pathOf } from '../address.ts';
import { ask, type Batch, Refused, type RowExplanation } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Problem } from '../parts/empty.tsx';
import { OutcomeBadge } from '../parts/outcome.tsx';
import { Personal } from '../parts/personal.tsx';
import { CitedRules, RuleChip } from '../parts/rule-chip.tsx';
import { href } from '../route.ts';

export function RowPanel({
  batch,
  row,
  close,
}: {
  readonly batch: Batch;
  readonly row: number;
  readonly close: string;
}) {
  const path = pathOf(['batches', batch.batchId, 'rows', row]);
  const { value, error } = useAsked(path, (signal) => ask<RowExplanation>(path, signal), ['batches', 'state'], 1_000);
  return (
    <article class="panel" aria-label={`Row ${row}`}>
      <header>
        <h3>Row {row}</h3>
        <a href={close} class="quiet-button" aria-label="Close the row">
          Close
        </a>
      </header>
      {error !== undefined && value === undefined && (
        <Problem
          error={error instanceof Refused && error.status === 404 ? new Error(`The batch has no row ${row}.`) : error}
        />
      )}
      {value !== undefined && <Explained value={value} idKind={idKindOf(value)} />}
    </article>
  );
}

const idKindOf = ({ cells }: RowExplanation) => (cells?.[0]?.name === 'pcId' ? 'pcId' : 'thirdPartyId');

function Explained({ value, idKind }: { readonly value: RowExplanation; readonly idKind: string }) {
  const { id, outcome, rule, message, cells, cellCount, attributes, diagnostics, rules, client } = value;
  return (
    <>
      <p>
        {outcome !== null && <OutcomeBadge outcome={outcome} />} {rule !== null && <RuleChip id={rule} />}
      </p>
      <p>{message}</p>
      {id !== null && (
        <p>
          <a href={href(['c', client, 'profiles', idKind, id])}>
            Profile of <Personal text={id} />
          </a>
        </p>
      )}
      {cells === null ? (
        <p class="quiet">Its cells are not kept any more.</p>
      ) : (
        <table class="tight">
          <caption>
            Cells
            {cellCount !== null &&
              cellCount > cells.length &&
              `, the first ${cells.length} of ${cellCount.toLocaleString()}`}
          </caption>
          <tbody>
            {cells.map(({ column, name, raw, value: read }) => (
              <tr key={column}>
                <th scope="row">
                  {name === null ? <span class="quiet">beyond the header row</span> : <Personal text={name} />}
                </th>
                <td>
                  {read === null ? <Personal text={raw} /> : <Personal text={read} />}
                  {read !== null && raw !== read && raw !== '' && (
                    <div class="quiet raw">
                      in the file: <Personal text={raw} />
                    </div>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {attributes !== null && attributes.length > 0 && (
        <table class="tight">
          <caption>What is left of what it wrote</caption>
          <tbody>
            {attributes.map(({ name, state, by }) => (
              <tr key={name}>
                <th scope="row">
                  <Personal text={name} />
                </th>
                <td>
                  <span class={`pill state-${state}`}>{state}</span>{' '}
                  {by !== undefined && by.batchId !== null && (
                    <a href={href(['batches', by.batchId], { row: by.row ?? undefined })}>
                      by row {by.row} of {by.batchId}
                    </a>
                  )}
                  {by?.batchId === null && <span class="quiet">by a write outside of batches</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {diagnostics.length > 0 && (
        <p>
          Noted here:{' '}
          {diagnostics.map((note) => (
            <RuleChip key={`${note.rule} ${note.column}`} id={note.rule} />
          ))}
        </p>
      )}
      <CitedRules rules={rules} />
    </>
  );
}
