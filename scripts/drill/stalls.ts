/** One slow and one huge client of each kind, and how long everybody else waits: health, and the server's own event loop. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Drill } from './drill.ts';

const DELAY_MS_MAX = 100;
const HEALTH_MS_MAX = 250;

/** Beyond it something is wrong, however busy the machine is. */
const STALLED_MS = 20_000;

/** The library in a process of its own, which tells how late its event loop was since it was asked last. */
const SERVER = `
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  const { startEmulator } = await import(process.argv[2]);
  const emulator = await startEmulator({ data: process.argv[3] });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on('message', () => {
    process.send({ delayMs: delay.max / 1e6 });
    delay.reset();
  });
  process.on('disconnect', () => process.exit());
  process.send({ url: emulator.url });
`;

const numbered = (count: number, line: (index: number) => string, between: string) =>
  Array.from({ length: count }, (_, index) => line(index)).join(between);
const sent = async (url: string, body: string, method: 'POST' | 'PUT' = 'POST') =>
  (await fetch(new Request(url, { method, body }))).text();
const got = (url: string) => fetch(url).then((reply) => reply.text());

/** Each asks something that is much work, or holds something for long, at the server of this URL. */
const CLIENTS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'many wrong profiles': (url) => sent(`${url}/__emulator/clients/x/profiles`, `{"profiles":[${'{},'.repeat(4e6)}{}]}`),
  'wrong profiles of 1 MiB': (url) =>
    sent(`${url}/__emulator/clients/x/profiles`, `{"profiles":[${'{},'.repeat(3e5)}{}]}`),
  'good profiles of 1 MiB': (url) =>
    sent(
      `${url}/__emulator/clients/x/profiles`,
      `{"profiles":[${numbered(19_000, (at) => `{"pcId":"${at}","attributes":{"a":"1"}}`, ',')}]}`,
    ),
  'a profile of 90,000 attributes': (url) =>
    sent(
      `${url}/__emulator/clients/x/profiles`,
      `{"profiles":[{"pcId":"1","attributes":{${numbered(90_000, (at) => `"${at}":"1"`, ',')}}}]}`,
    ),
  'nested arrays': (url) => sent(`${url}/__emulator/clients/x/settings`, `${'['.repeat(5e5)}${']'.repeat(5e5)}`, 'PUT'),
  'ten million columns': (url) => sent(`${url}/m2/x/v2/profile/batchUpdate`, `batch=pcId${',a'.repeat(1e7)}\n1`),
  'a row of ten million cells': (url) =>
    sent(`${url}/m2/x/v2/profile/batchUpdate`, `batch=pcId,a\n1,x${',y'.repeat(1e7)}`),
  'forty million blank lines': (url) =>
    sent(`${url}/m2/x/v2/profile/batchUpdate`, `batch=pcId,a\n1,x${'\n'.repeat(4e7)}`),
  'a value of 40 MB': (url) => sent(`${url}/m2/x/v2/profile/batchUpdate`, `batch=pcId,a\n1,${'x'.repeat(4e7)}`),
  'a full batch': (url) =>
    sent(
      `${url}/m2/s17/v2/profile/batchUpdate`,
      `batch=thirdPartyId,a\n${numbered(300_000, (at) => `id${at},x`, '\n')}`,
    ),
  'four statuses of all its rows': async (url) => {
    await sent(`${url}/__emulator/clients/s17/settings`, '{"statusShape":"2017"}', 'PUT');
    const { batches } = JSON.parse(await got(`${url}/__emulator/batches?client=s17`)) as {
      batches: { batchId: string }[];
    };
    const status = `${url}/m2/s17/profile/batchStatus?batchId=${batches[0]!.batchId}`;
    await Promise.all([got(status), got(status), got(status), got(status)]);
  },
  OpenAPI: (url) => got(`${url}/__emulator/openapi.json`),
  'a path of 1,000 stars': (url) =>
    got(`${url}/__emulator/journal?path=${encodeURIComponent(`/m2/${'*a'.repeat(1_000)}b`)}`),
  '3,000 query names': (url) => got(`${url}/__emulator/journal?${numbered(3_000, (at) => at.toString(36), '&')}`),
  'unfinished uploads': (url) => {
    // Encoded once: twenty times would keep the drill itself from reading the health.
    const rows = Buffer.from(`batch=pcId,a\n${`1,${'x'.repeat(1_000)}\n`.repeat(20_000)}`);
    return Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.write('POST /m2/x/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000000\r\n\r\n');
        socket.write(rows);
        await Promise.race([once(socket, 'data'), once(socket, 'close'), once(socket, 'drain')]);
        socket.destroy();
      }),
    );
  },
};

export const stalls: Drill = {
  name: 'stalls',
  sentence: 'Serves one slow and one huge client of each kind, and asks health meanwhile.',
  unit: 'rounds',
  quick: 1,
  full: 5,
  async run({ amount, isOver, tell }) {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-drill-'));
    const script = join(directory, 'server.mjs');
    writeFileSync(script, SERVER);
    const server = fork(script, [pathToFileURL(resolve('dist/index.js')).href, join(directory, 'data')]);
    try {
      const { url } = await told<{ url: string }>(server);
      // The machine's own share, and what is only compiled once.
      const floor = await watched(server, url, async () => {
        for (let count = 0; count < 300; count += 1) await got(`${url}/__emulator/clients`);
      });
      const isBusy = loadavg()[0]! > availableParallelism();
      const worst = { delayMs: 0, healthMs: 0 };
      const failures: string[] = [];
      let clients = 0;
      for (let round = 0; round < amount && !isOver(); round += 1) {
        for (const [name, ask] of Object.entries(CLIENTS)) {
          const { delayMs, healthMs } = await watched(server, url, () => ask(url));
          clients += 1;
          tell(`${name}: event loop ${Math.round(delayMs)} ms, health ${Math.round(healthMs)} ms`);
          worst.delayMs = Math.max(worst.delayMs, delayMs);
          worst.healthMs = Math.max(worst.healthMs, healthMs);
          const allowed = isBusy
            ? { delayMs: STALLED_MS, healthMs: STALLED_MS }
            : { delayMs: DELAY_MS_MAX + floor.delayMs, healthMs: HEALTH_MS_MAX + floor.healthMs };
          if (delayMs > allowed.delayMs) failures.push(`${name}: the event loop was ${Math.round(delayMs)} ms late`);
          if (healthMs > allowed.healthMs) failures.push(`${name}: health answered after ${Math.round(healthMs)} ms`);
        }
      }
      const figures = { clients, ...worst, floorDelayMs: floor.delayMs, floorHealthMs: floor.healthMs };
      return {
        figures: Object.fromEntries(Object.entries(figures).map(([name, ms]) => [name, Math.round(ms)])),
        failures,
        ...(isBusy && { skipped: `the machine is busy: only a stall of ${STALLED_MS / 1000} s is judged` }),
      };
    } finally {
      server.disconnect();
      await once(server, 'exit');
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function told<Message>(server: ChildProcess): Promise<Message> {
  const [message] = await once(server, 'message');
  return message as Message;
}

async function watched(server: ChildProcess, url: string, work: () => Promise<unknown>) {
  const delay = async () => {
    const answer = told<{ delayMs: number }>(server);
    server.send('delay');
    return (await answer).delayMs;
  };
  await delay();
  let healthMs = 0;
  let isOver = false;
  const asking = async () => {
    while (!isOver) {
      const at = performance.now();
      await got(`${url}/__emulator/health`);
      healthMs = Math.max(healthMs, performance.now() - at);
    }
  };
  const asked = asking();
  // A server that hangs up has answered too.
  await work().catch(() => undefined);
  isOver = true;
  await asked;
  return { delayMs: await delay(), healthMs };
}
