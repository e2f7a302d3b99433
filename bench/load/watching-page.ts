/** What a page of the console costs, by the browser's own trace. */
import type { Browser, Page } from 'playwright-core';
import { quantile, rounded } from '../measure.ts';

export interface FrameCosts {
  /** Frames in which the page did anything. */
  readonly frames: number;
  /** Milliseconds of processor time of the page's main thread in one of these. */
  readonly p50: number;
  readonly p99: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Microseconds of the thread's own processor time: what else the machine does is not in it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Everything the main thread does, script and layout and painting and the tracing too, while `work` goes on. */
export async function tracedFrames(browser: Browser, page: Page, work: () => Promise<unknown>): Promise<FrameCosts> {
  await browser.startTracing(page, {
    categories: ['-*', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'],
  });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const milliseconds = frameCosts(traceEvents);
  return {
    frames: milliseconds.length,
    p50: rounded(quantile(milliseconds, 0.5)),
    p99: rounded(quantile(milliseconds, 0.99)),
  };
}

/** A frame is what was done since the last commit, up to the end of the task in which the next one is. */
function frameCosts(events: readonly TraceEvent[]): readonly number[] {
  const commits = events.filter(({ name }) => name === 'Commit');
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pageThreads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf)
      .filter((thread) => commits.some((commit) => threadOf(commit) === thread)),
  );
  const tasks = events
    .filter((event) => event.name === 'RunTask' && pageThreads.has(threadOf(event)))
    .toSorted((a, b) => a.ts - b.ts);
  const committedAt = commits.map(({ ts }) => ts).toSorted((a, b) => a - b);
  const costs: number[] = [];
  let spent = 0;
  let next = 0;
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    spent += tdur;
    if ((committedAt[next] ?? Infinity) > ts + dur) continue;
    costs.push(spent / 1000);
    spent = 0;
    while ((committedAt[next] ?? Infinity) <= ts + dur) next += 1;
  }
  return costs;
}

/** Milliseconds from the navigation to the first paint, of a browser that has seen nothing of the page before. */
export async function firstPaint(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('main h1').waitFor();
  const painted = await page.evaluate<number>('performance.getEntriesByName("first-paint")[0].startTime');
  await context.close();
  return painted;
}
