/**
 * The rows of a batch by their index in a list, read a page at a time. Where every row has its outcome and none is left
 * out, any page can be read at once; otherwise one page leads to the next.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { pathOf } from './address.ts';
import { ask, type Batch, type Outcome, type Row, type Rows } from './control-api.ts';

const PAGE_ROWS = 200;
/** Pages kept: a reader who scrolls through half a million rows holds a few thousand of them. */
const PAGES_KEPT_MAX = 40;

export interface BatchRows {
  readonly count: number;
  /** False where more rows may follow than are counted. */
  readonly isCounted: boolean;
  readonly isSearching: boolean;
  row(index: number): Row | undefined;
  readonly onSeen: (first: number, last: number) => void;
}

export function useBatchRows(batch: Batch, outcome: Outcome | undefined, idPart: string): BatchRows {
  const isWhole = batch.status === 'complete' && outcome === undefined && idPart === '';
  const key = `${batch.batchId} ${isWhole} ${outcome ?? ''} ${idPart}`;
  const state = useRef(emptyState(key));
  const [, redraw] = useState(0);
  if (state.current.key !== key) state.current = emptyState(key);
  const { current } = state;

  const read = useCallback(
    async (cursor: string | undefined, keep: (page: Rows) => void, pauseMs = 0) => {
      const limit = PAGE_ROWS;
      const path = pathOf(['batches', batch.batchId, 'rows'], { outcome, id: idPart, limit, cursor });
      try {
        const page = await ask<Rows>(path);
        if (state.current === current) keep(page);
        await paused(pauseMs);
      } catch {
        // The frame of the page says that the connection is lost.
        await paused(RETRY_MS);
      } finally {
        current.isAsking = false;
        redraw((count) => count + 1);
      }
    },
    [current, batch.batchId, outcome, idPart],
  );

  const readNext = useCallback(() => {
    if (current.isAsking || current.isEnd) return;
    current.isAsking = true;
    void read(current.next, (page) => {
      current.rows = [...current.rows, ...page.rows];
      current.next = page.next ?? undefined;
      current.isEnd = page.next === null;
    });
  }, [current, read]);

  const readPage = useCallback(
    (page: number) => {
      if (current.pages.has(page)) return;
      current.pages.set(page, []);
      const cursor = page === 0 ? undefined : String(page * PAGE_ROWS);
      void (async () => {
        await read(cursor, ({ rows }) => {
          current.pages.set(page, rows);
          while (current.pages.size > PAGES_KEPT_MAX) current.pages.delete(current.pages.keys().next().value!);
        });
        if (current.pages.get(page)?.length === 0) current.pages.delete(page);
      })();
    },
    [current, read],
  );

  const onSeen = useCallback(
    (first: number, last: number) => {
      if (!isWhole) {
        if (last >= current.rows.length) readNext();
        return;
      }
      for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < last; page += 1) readPage(page);
    },
    [isWhole, current, readNext, readPage],
  );
  // While rows are applied, the first page is read anew now and then; who has scrolled on is left in peace.
  const { consumedCount } = batch;
  const isGrowing = !isWhole && current.consumedCount !== consumedCount;
  useEffect(() => {
    if (!isGrowing || current.isAsking || current.rows.length > PAGE_ROWS) return;
    current.isAsking = true;
    void read(
      undefined,
      (page) => {
        current.consumedCount = consumedCount;
        current.rows = [...page.rows];
        current.next = page.next ?? undefined;
        current.isEnd = page.next === null;
        redraw((count) => count + 1);
      },
      GROWING_MS,
    );
  });
  // A search looks at a bounded number of rows at a time, and may have found nothing yet.
  const isHungry = !isWhole && !isGrowing && !current.isEnd && current.rows.length < PAGE_ROWS;
  useEffect(() => {
    if (isHungry) readNext();
  });

  return {
    count: isWhole ? consumedCount : current.rows.length,
    isCounted: isWhole || current.isEnd,
    isSearching: isHungry,
    row: (index) =>
      isWhole ? current.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS] : current.rows[index],
    onSeen,
  };
}

const RETRY_MS = 1_000;
/** Between two looks at a batch that is being applied. */
const GROWING_MS = 750;

const paused = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

function emptyState(key: string) {
  return {
    key,
    pages: new Map<number, readonly Row[]>(),
    rows: [] as readonly Row[],
    consumedCount: -1,
    next: undefined as string | undefined,
    isEnd: false,
    isAsking: false,
  };
}
