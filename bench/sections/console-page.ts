/**
 * What the console costs: the server while one page watches a full batch being applied, the page itself, and its first
 * paint. Processor time throughout, and the least of some runs: a loaded machine only ever adds.
 *
 * A browser on the same two cores slows the server down by its mere presence (its caches), so that the growth of the
 * server's processor time is told and not judged. Judged is what the page asks for: each of its requests meanwhile, asked
 * again of a server that does nothing else.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Request } from 'playwright-core';
import { CHROMIUM, launchChromium } from '../../scripts/chromium.ts';
import { ORDINARY, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { firstPaint, type FrameCosts, tracedFrames } from '../load/watching-page.ts';
import { submit, submitText } from '../load/submit.ts';
import { interleaved, rounded } from '../measure.ts';
import { processorMsOf } from '../servers/process-times.ts';
import { serveEmulator } from '../servers/served-emulator.ts';

const FIRST_PAINTS = 9;

export async function consolePage(context: BenchContext): Promise<object> {
  if (CHROMIUM === undefined) {
    for (const goal of ['consoleServer', 'consoleFrame', 'consolePaint'] as const) {
      context.cannotJudge(goal, 'needs the package chromium');
    }
    return {};
  }
  const file = join(context.directory, 'console.batch');
  writeBatchFile(file, { ...ORDINARY, rows: context.plan.batchRows });
  const browser = await launchChromium();
  const frames: FrameCosts[] = [];
  const asking: number[] = [];
  const paints: number[] = [];
  try {
    const spent = await interleaved(context.plan.rounds, {
      alone: () => applied(context, file, undefined),
      watched: () =>
        applied(context, file, async (url, pid, work) => {
          const page = await browser.newPage();
          await page.goto(`${url}#/batches`);
          await opensTheBatch(page);
          await page.goto(`${url}#/batches?client=bench`);
          await page.locator('.empty').waitFor();
          const asked: string[] = [];
          const note = (request: Request) => void asked.push(request.url());
          page.on('request', note);
          const worked = async () => {
            await work();
            page.off('request', note);
          };
          frames.push(await tracedFrames(browser, page, () => Promise.all([worked(), opensTheBatch(page)])));
          await page.goto('about:blank');
          asking.push(await askedAgain(pid, asked));
          await page.close();
        }),
    });
    const server = await serveEmulator(context);
    const paint = () => firstPaint(browser, `http://127.0.0.1:${server.port}/__emulator/`);
    for (let time = 0; time < FIRST_PAINTS; time += 1) paints.push(await paint());
    await server.stop();
    return judged(context, spent, asking, frames, paints);
  } finally {
    await browser.close();
    rmSync(file);
  }
}

/** From the list to the batch that has come, as somebody would who watches. */
async function opensTheBatch(page: Page): Promise<void> {
  await page.locator('td .id').first().click();
  await page.locator('.pill.status-complete').waitFor({ timeout: 120_000 });
}

const TIMES = 20;

/** Milliseconds of the server's processor time for these requests. */
async function askedAgain(pid: number, urls: readonly string[]): Promise<number> {
  const before = processorMsOf(pid);
  for (let time = 0; time < TIMES; time += 1) {
    for (const url of urls) await (await fetch(url)).arrayBuffer();
  }
  return (processorMsOf(pid) - before) / TIMES;
}

type Watching = (url: string, pid: number, work: () => Promise<unknown>) => Promise<void>;

/** Milliseconds of the server's processor time for one full batch. */
async function applied(context: BenchContext, file: string, watching: Watching | undefined): Promise<number> {
  const data = join(context.directory, 'console');
  const server = await serveEmulator(context, data);
  let spent = Number.NaN;
  // What is asked for the first time is compiled and made then: steady is what it is afterwards.
  await submitText(server.port, 'small', 'batch=thirdPartyId,tier\nC-1,gold');
  const work = async () => {
    const before = processorMsOf(server.pid);
    await submit(server.port, 'bench', 'v2', file);
    spent = processorMsOf(server.pid) - before;
  };
  await (watching === undefined ? work() : watching(`http://127.0.0.1:${server.port}/__emulator/`, server.pid, work));
  await server.stop();
  rmSync(data, { recursive: true });
  return spent;
}

function judged(
  context: BenchContext,
  spent: Readonly<Record<'alone' | 'watched', readonly number[]>>,
  asking: readonly number[],
  frames: readonly FrameCosts[],
  paints: readonly number[],
) {
  const [alone, watched] = [Math.min(...spent.alone), Math.min(...spent.watched)];
  const frame = Math.min(...frames.map(({ p50 }) => p50));
  const paint = Math.min(...paints);
  context.say(
    `  server ${alone} ms alone, ${watched} ms watched, of which asked for ${asking.join(', ')} ms; frames ${JSON.stringify(frames)}`,
  );
  context.say(`  first paint ${paints.map((each) => Math.round(each)).join(', ')} ms`);
  context.judge('consoleServer', (alone + Math.min(...asking)) / alone, 'least of the rounds');
  context.judge('consoleFrame', frame, 'least of the rounds');
  context.judge('consolePaint', paint, 'least of nine');
  return { serverMs: spent, askedMs: asking, frames, paintMs: paints.map(rounded) };
}
