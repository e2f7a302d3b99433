/** One batch: as the API reports it, and then what the service never tells: every row, and why it ended as it did. */
import { useState } from 'preact/hooks';
import { useBatchRows } from '../batch-rows.ts';
import { pathOf } from '../address.ts';
import { ask, type Batch, type BatchPace, type BatchReply, type Outcome, Refused, tell } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Code, indentedXml } from '../parts/code.tsx';
import { Empty, Problem } from '../parts/empty.tsx';
import { OutcomeBadge, OutcomeBar, outcomeName, OUTCOMES, outcomesOf } from '../parts/outcome.tsx';
import { paceText } from '../parts/pace.ts';
import { Personal, visible } from '../parts/personal.tsx';
import { RuleChip } from '../parts/rule-chip.tsx';
import { exactly, Time } from '../parts/time.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { href, type Route, setQuery } from '../route.ts';
import { RowPanel } from './row-panel.tsx';

export function BatchPage({ batchId, route }: { readonly batchId: string; readonly route: Route }) {
  const path = pathOf(['batches', batchId]);
  const { value: batch, error } = useAsked(path, (signal) => ask<Batch>(path, signal), ['batches', 'state'], 500);
  if (batch === undefined) {
    if (error instanceof Refused && error.status === 404) return <Vanished batchId={batchId} />;
    return error === undefined ? null : <Problem error={error} />;
  }
  return (
    <>
      <p class="crumbs">
        <a href={href(['c', batch.client])}>{batch.client}</a> /{' '}
        <a href={href(['batches'], { client: batch.client })}>batches</a>
      </p>
      <h1 class="id">{batch.batchId}</h1>
      <p class="facts">
        <span class={`pill status-${batch.status}`}>{batch.status}</span>
        <span>{batch.api}</span>
        <span>
          submitted <Time at={batch.submittedAt} />
        </span>
        {batch.completedAt !== null && (
          <span>
            completed <Time at={batch.completedAt} />
          </span>
        )}
        {batch.body === 'evicted' && (
          <span title="The store let go of it: ids and cells are not known any more.">body evicted</span>
        )}
      </p>
      {batch.status === 'incomplete' && <Waiting batch={batch} />}
      {error !== undefined && <Problem error={error} />}
      <Counters batch={batch} />
      <Wire batch={batch} />
      <Notes batch={batch} />
      <RowsInTime batch={batch} route={route} />
    </>
  );
}

function Vanished({ batchId }: { readonly batchId: string }) {
  return (
    <Empty title="There is no such batch" isPage>
      <bdi>{visible(batchId)}</bdi> was never accepted, or its client code was dropped, or a snapshot from before it was
      restored. <a href={href(['batches'])}>All batches</a>
    </Empty>
  );
}

function Waiting({ batch: { batchId, consumedCount, batchSize } }: { readonly batch: Batch }) {
  if (consumedCount === 0) return <Due batchId={batchId} />;
  return (
    <div class="card waiting">
      <progress max={1} value={batchSize === 0 ? 1 : consumedCount / batchSize} aria-label="Applied" />
      <span class="number">
        {consumedCount.toLocaleString()} of {batchSize.toLocaleString()} rows applied
      </span>
    </div>
  );
}

function Due({ batchId }: { readonly batchId: string }) {
  const path = pathOf(['batches', batchId, 'pace']);
  const { value: waiting } = useAsked(path, (signal) => ask<BatchPace>(path, signal), ['batches', 'state'], 500);
  return (
    <div class="card waiting">
      <span>
        Waits: {waiting === undefined ? '' : paceText(waiting.pace)}
        {waiting !== undefined && waiting.dueAt !== null && `, due ${exactly(waiting.dueAt)}`}
        {waiting !== undefined && waiting.pollsLeft !== null && `, ${waiting.pollsLeft} to come`}
      </span>
      <button type="button" class="primary" onClick={() => void tell('POST', pathOf(['batches', batchId, 'release']))}>
        Release it now
      </button>
    </div>
  );
}

/** As the API would report them, under its own names. */
const COUNTERS = ['batchSize', 'consumedCount', 'successfulUpdates', 'profilesNotFound', 'failedUpdates'] as const;

function Counters({ batch }: { readonly batch: Batch }) {
  return (
    <section aria-labelledby="counters">
      <h2 id="counters" class="hidden">
        Counters
      </h2>
      <dl class="counters">
        {COUNTERS.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{batch[name].toLocaleString()}</dd>
          </div>
        ))}
      </dl>
      <OutcomeBar counts={outcomesOf(batch)} total={batch.batchSize} />
    </section>
  );
}

function Wire({ batch }: { readonly batch: Batch }) {
  const [isOpen, setOpen] = useState(false);
  const path = pathOf(['batches', batch.batchId, 'reply']);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What the API says on the wire</summary>
      {isOpen && <WireText path={path} />}
    </details>
  );
}

function WireText({ path }: { readonly path: string }) {
  const { value, error } = useAsked(path, (signal) => ask<BatchReply>(path, signal), ['batches', 'state'], 500);
  if (error !== undefined) return <Problem error={error} />;
  if (value === undefined) return null;
  return (
    <>
      <h3>To the submission</h3>
      <Code text={indentedXml(value.submitted)} />
      <h3>To a status request with showDetails=true</h3>
      <Code text={indentedXml(value.status)} />
      <p class="quiet">
        Indented for reading; on the wire it is one line. Looking here counts as no status request.
        {value.rowsListed !== null && ` The first ${value.rowsListed.toLocaleString()} rows that its shape lists.`}
      </p>
    </>
  );
}

function Notes({ batch: { batchId, diagnostics, overrides } }: { readonly batch: Batch }) {
  if (diagnostics.length === 0 && overrides.length === 0) return null;
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Noted</h2>
      <ul class="notes">
        {diagnostics.map(({ rule, count, first }) => {
          const rows = first
            .flatMap((position) => (typeof position['row'] === 'number' ? [position['row']] : []))
            .slice(0, 8);
          return (
            <li key={rule}>
              <RuleChip id={rule} /> {count.toLocaleString()}×
              {rows.length > 0 && ` at ${rows.map((row) => (row === 0 ? 'the header row' : `row ${row}`)).join(', ')}`}
            </li>
          );
        })}
        {overrides.map(({ batch, by, count, rule }) => (
          <li key={`${batch} ${by}`}>
            <RuleChip id={rule} />{' '}
            {by === batchId ? (
              <>
                {count.toLocaleString()} rows of this batch took away attributes that{' '}
                {batch === null ? 'earlier batches' : <a href={href(['batches', batch])}>{batch}</a>} had written.
              </>
            ) : (
              <>
                <a href={href(['batches', by])}>{by}</a> took away attributes that this batch had written, in{' '}
                {count.toLocaleString()} rows.
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Finding the rows of a large body costs the emulator a tenth of a second: not while it applies them, unless asked. */
const ROWS_LISTED_AT_ONCE_MAX = 20_000;

function RowsInTime({ batch, route }: { readonly batch: Batch; readonly route: Route }) {
  const [isWanted, setWanted] = useState(false);
  if (isWanted || batch.status !== 'incomplete' || batch.batchSize <= ROWS_LISTED_AT_ONCE_MAX)
    return <RowList batch={batch} route={route} />;
  return (
    <section aria-labelledby="rows">
      <h2 id="rows">Rows</h2>
      <Empty title="They are listed when it is complete">
        <button type="button" onClick={() => setWanted(true)}>
          List those applied so far
        </button>
      </Empty>
    </section>
  );
}

function RowList({ batch, route }: { readonly batch: Batch; readonly route: Route }) {
  const asked = route.query.get('outcome') ?? '';
  const outcome = OUTCOMES.find((each) => each === asked);
  const idPart = route.query.get('q') ?? '';
  const chosen = Number(route.query.get('row') ?? Number.NaN);
  const counts = outcomesOf(batch);
  const rows = useBatchRows(batch, outcome, idPart);
  return (
    <section aria-labelledby="rows">
      <div class="section-head">
        <h2 id="rows">Rows</h2>
        <div class="tabs" role="group" aria-label="Outcome">
          <Tab route={route} outcome={undefined} count={batch.consumedCount} isChosen={outcome === undefined} />
          {OUTCOMES.filter((each) => counts[each] > 0 || each === outcome).map((each) => (
            <Tab key={each} route={route} outcome={each} count={counts[each]} isChosen={outcome === each} />
          ))}
        </div>
        <input
          type="search"
          placeholder="Find an id"
          aria-label="Find rows whose id contains"
          value={idPart}
          onInput={(event) => setQuery(route, { q: event.currentTarget.value })}
        />
      </div>
      <div class={Number.isNaN(chosen) ? 'list-and-panel' : 'list-and-panel with-panel'}>
        <div>
          <div class="virtual-row virtual-head" aria-hidden="true">
            <span class="number">Row</span>
            <span>Id</span>
            <span>Outcome</span>
            <span>Rule</span>
          </div>
          {rows.count === 0 ? (
            <p class="quiet none">{rows.isCounted ? noRows(batch, outcome, idPart) : 'Looking…'}</p>
          ) : (
            <VirtualList
              count={rows.count}
              label="Rows"
              onSeen={rows.onSeen}
              row={(index) => {
                const row = rows.row(index);
                if (row === undefined) return <span class="number quiet">{index + 1}</span>;
                return (
                  <a
                    class="row-link"
                    href={href(route.path, { ...Object.fromEntries(route.query), row: row.row })}
                    aria-current={row.row === chosen ? 'true' : undefined}
                    title={row.message}
                  >
                    <span class="number">{row.row}</span>
                    <span class="cut">
                      {row.id === null ? <span class="quiet">not kept</span> : <Personal text={row.id} isLong />}
                    </span>
                    <span>
                      <OutcomeBadge outcome={row.outcome} />
                    </span>
                    <span class="cut rule-name">{row.rule}</span>
                  </a>
                );
              }}
            />
          )}
          <p class="quiet" role="status">
            {rows.count > 0 &&
              `${rows.count.toLocaleString()} ${rows.count === 1 ? 'row' : 'rows'}${rows.isCounted ? '' : ' so far'}`}
            {rows.isSearching && rows.count > 0 && ', looking on…'}
          </p>
        </div>
        {!Number.isNaN(chosen) && (
          <RowPanel
            key={chosen}
            batch={batch}
            row={chosen}
            close={href(route.path, { ...Object.fromEntries(route.query), row: undefined })}
          />
        )}
      </div>
    </section>
  );
}

function Tab({
  route,
  outcome,
  count,
  isChosen,
}: {
  readonly route: Route;
  readonly outcome: Outcome | undefined;
  readonly count: number;
  readonly isChosen: boolean;
}) {
  return (
    <a
      href={href(route.path, { ...Object.fromEntries(route.query), outcome, row: undefined })}
      aria-current={isChosen ? 'true' : undefined}
    >
      {outcome === undefined ? 'all' : outcomeName(outcome)} <small>{count.toLocaleString()}</small>
    </a>
  );
}

function noRows(batch: Batch, outcome: Outcome | undefined, idPart: string): string {
  if (idPart !== '')
    return batch.body === 'evicted' ? 'The body is not kept any more: ids are not known.' : 'No row has such an id.';
  if (batch.status === 'incomplete' && batch.consumedCount === 0) return 'No row has been applied yet.';
  if (outcome !== undefined) return `No row ended as ${outcomeName(outcome)}.`;
  return 'What became of the rows is not kept any more.';
}
