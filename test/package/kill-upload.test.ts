/**
 * The built-in promise of a job: `kill -9` at any moment, then `--resume`, and every row is there, none twice without the
 * report saying so, and no file of rows is left. `TPE_KILLS=200` kills more often than the gate does.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { openJobs, type JobSummary, type UploadReport } from '../../src/client/index.ts';
import { createEmulator } from '../../src/server/index.ts';

const KILLS = Number(process.env['TPE_KILLS'] ?? 20);
const PARTS = 5;
const ROWS_OF_PART = 40;
const ROWS = PARTS * ROWS_OF_PART;
/** The whole upload takes about as long. */
const LONGEST_MS = 450;

/** An emulator behind a door that writes down what came in whole. */
async function recordedEmulator() {
  const emulator = await createEmulator({ pace: 'immediate' });
  const accepted: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = request.method === 'POST' ? await buffer(request) : undefined;
      const url = `http://${request.headers.host}${request.url}`;
      const reply = await emulator.fetch(
        new Request(url, {
          method: request.method!,
          headers: request.headers as Record<string, string>,
          body: body ?? null,
        }),
      );
      const text = await reply.text();
      if (body !== undefined && text.includes('<success>true')) accepted.push(body.toString());
      response.writeHead(reply.status).end(text);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await emulator.close();
  });
  return { emulator, accepted, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function start(args: readonly string[], state: string) {
  const env = { PATH: process.env['PATH'], TMPDIR: join(state, '..'), TPE_STATE: state };
  const child = spawn(process.execPath, ['dist/cli.js', 'upload', ...args, '--json'], { env, stdio: 'pipe' });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.resume();
  const ended = once(child, 'close').then(() => ({ killed: child.signalCode === 'SIGKILL', printed }));
  return { child, ended };
}

const rowsOf = (body: string) => body.trimEnd().split('\n').slice(1);

it(`loses no row and doubles none in secret, killed ${KILLS} times`, { timeout: 60_000 + KILLS * 6_000 }, async () => {
  const { emulator, accepted, url } = await recordedEmulator();
  let seed = 20_261_126;
  const chance = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  let kills = 0;
  for (let round = 0; kills < KILLS; round += 1) {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-kill-'));
    const state = join(directory, 'state');
    const file = join(directory, 'crm.csv');
    const lines = Array.from({ length: ROWS }, (_, index) => `v${round}-${index},city ${index}`);
    writeFileSync(file, `thirdPartyId,city\n${lines.join('\n')}\n`);
    const upload = [file, '--client', `round${round}`, '--endpoint', url, '--part-rows-max', String(ROWS_OF_PART + 8)];
    accepted.length = 0;
    let report: UploadReport | undefined;
    let isEnded = false;
    while (report === undefined && !isEnded) {
      const isOpen = (await jobsOf(state)).some((job) => job.state === 'open');
      const { child, ended } = start(isOpen ? ['--resume', 'latest'] : upload, state);
      const timer = setTimeout(() => child.kill('SIGKILL'), 80 + chance() * LONGEST_MS);
      const { killed, printed } = await ended;
      clearTimeout(timer);
      if (killed) kills += 1;
      const told = killed ? undefined : (JSON.parse(printed) as UploadReport);
      // What dies before its input was read was never a job: it is uploaded anew.
      expect(told?.error).toBeUndefined();
      report = told;
      // What dies while its report is printed has done all there was to do.
      isEnded = (await jobsOf(state)).some((job) => job.result === 'done');
    }
    const sent = accepted.flatMap(rowsOf);
    expect(new Set(sent).size).toBe(ROWS);
    if (report !== undefined) {
      expect(report.state).toBe('done');
      for (const { part, ambiguousAttempts, attempts } of report.parts) {
        const times = Math.max(...countsOf(accepted).values());
        expect(attempts).toBeGreaterThanOrEqual(1);
        if (times > 1) expect(report.maybeTwice, `part ${part}`).toBe(true);
        expect(ambiguousAttempts).toBeLessThanOrEqual(attempts);
      }
      const extra = accepted.length - report.parts.length;
      expect(report.parts.reduce((sum, part) => sum + part.ambiguousAttempts, 0)).toBeGreaterThanOrEqual(extra);
    }
    expect(emulator.batches(`round${round}`).every(({ status }) => status === 'complete')).toBe(true);
    // Whoever dies between its last word and its last breath leaves an empty folder to the next command.
    const left = readdirSync(join(state, 'jobs'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('part-'))).toEqual([]);
    const jobs = await openJobs(state);
    jobs.sweep(7 * 24 * 3_600_000);
    jobs.close();
    expect(readdirSync(join(state, 'jobs'))).toEqual([]);
    expect(readdirSync(directory).toSorted()).toEqual(['crm.csv', 'state']);
    rmSync(directory, { recursive: true });
  }
});

async function jobsOf(state: string): Promise<readonly JobSummary[]> {
  if (!existsSync(join(state, 'jobs.db'))) return [];
  const jobs = await openJobs(state);
  const all = jobs.list();
  jobs.close();
  return all;
}

function countsOf(bodies: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const body of bodies) counts.set(body, (counts.get(body) ?? 0) + 1);
  return counts;
}

it('leaves no row behind when its terminal is closed while it reads', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-hang-up-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const state = join(directory, 'state');
  const { child, ended } = start(['-', '--client', 'demo', '--endpoint', 'http://127.0.0.1:1'], state);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`thirdPartyId,city\n${'C-1,a city of many letters\n'.repeat(200_000)}`);
  const rows = () =>
    existsSync(state) ? readdirSync(state, { recursive: true }).filter((name) => String(name).endsWith('rows')) : [];
  await expect.poll(rows).toHaveLength(1);
  child.kill('SIGHUP');
  await ended;
  expect(rows()).toEqual([]);
});
