/** A nightly upload as it is: two parts as gzip CSV, through a proxy, over TLS; beside curl with the same encoded parts. */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { ORDINARY, writeCsv } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { interleaved, median, medianRatio, rounded } from '../measure.ts';
import type { ServedEmulator } from '../servers/served-emulator.ts';
import { judgePeaks, runUpload } from '../servers/upload-command.ts';
import { inStore } from './uploader.ts';

const run = promisify(execFile);

export async function proxiedUpload(context: BenchContext): Promise<object> {
  const { plan, directory } = context;
  const rows = 2 * plan.batchRows;
  const packed = join(directory, 'proxied.csv.gz');
  await writePacked(packed, rows);
  const parts = await encodedParts(context, packed);
  const ca = join(directory, 'proxied-ca.pem');
  const peaks: (number | undefined)[] = [];
  const throughTls = (work: (server: ServedEmulator) => Promise<number>) =>
    inStore(context, ['--allow-host', HOST], async (server) => {
      writeFileSync(ca, await asked(server.port, '/__emulator/ca.pem'));
      return work(server);
    });
  const seconds = await interleaved(plan.rounds, {
    curl: () => throughTls((server) => sendByCurl(server, parts, ca)),
    uploader: () =>
      throughTls(async ({ port }) => {
        const way = ['--proxy', `http://127.0.0.1:${port}`, '--ca', ca];
        const to = ['--endpoint', `https://${HOST}`, ...way, '--no-wait'];
        const startedAt = performance.now();
        const { peakMiB, printed } = await runUpload(context, [packed, ...to]);
        peaks.push(peakMiB);
        return completedAfter(startedAt, port, printed);
      }),
  });
  const packedBytes = statSync(packed).size;
  for (const file of [packed, ...parts]) rmSync(file);
  const took = { uploader: rounded(median(seconds.uploader)), curl: rounded(median(seconds.curl)) };
  context.say(`  ${rows} rows in ${parts.length} parts: ${took.uploader} s, curl ${took.curl} s`);
  context.judge('proxied', medianRatio(seconds.uploader, seconds.curl));
  const peakMiB = judgePeaks(context, 'proxiedMemory', peaks);
  return { rows, packedBytes, parts: parts.length, seconds: took, peakMiB };
}

/** Reached by the emulator's own CONNECT door alone. */
const HOST = 'bench.test';

async function writePacked(path: string, rows: number): Promise<void> {
  const csv = `${path}.csv`;
  writeCsv(csv, { ...ORDINARY, rows });
  await pipeline(createReadStream(csv), createGzip(), createWriteStream(path));
  rmSync(csv);
}

/** What an upload that reaches nobody (a name that no host has, RFC 2606) leaves to be looked at: its parts as they would have been sent. */
async function encodedParts(context: BenchContext, packed: string): Promise<readonly string[]> {
  const outcomes = join(context.directory, 'proxied-parts');
  const nobody = ['--endpoint', 'http://nobody.invalid', '--outage-max', '0s', '--outcomes', outcomes];
  await runUpload(context, [packed, ...nobody], 5);
  return readdirSync(outcomes).map((name) => join(outcomes, name));
}

/** One after the other, as the uploader does. */
async function sendByCurl(server: ServedEmulator, parts: readonly string[], ca: string): Promise<number> {
  const startedAt = performance.now();
  const url = `https://${HOST}/m2/bench/v2/profile/batchUpdate`;
  let replies = '';
  for (const part of parts) {
    const way = ['--proxy', `http://127.0.0.1:${server.port}`, '--noproxy', '', '--cacert', ca];
    const { stdout } = await run('curl', ['--silent', '--show-error', ...way, '--data-binary', `@${part}`, url]);
    replies += stdout;
  }
  return completedAfter(startedAt, server.port, replies);
}

/** Seconds until all batches are complete whose links stand in a text: how often somebody asks is no part of it. */
async function completedAfter(startedAt: number, port: number, links: string): Promise<number> {
  const ids = new Set([...links.matchAll(/batchId=([^<"]+)/g)].map(([, id]) => id));
  if (ids.size === 0) throw new Error(`Nothing was accepted: ${links.slice(0, 300)}`);
  for (const id of ids) {
    const path = `/m2/bench/profile/batchStatus?batchId=${id}`;
    while (!(await asked(port, path)).includes('<status>complete<')) await setTimeout(10);
  }
  return (performance.now() - startedAt) / 1000;
}

function asked(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path }, (reply) => resolve(text(reply))).once('error', reject);
  });
}
