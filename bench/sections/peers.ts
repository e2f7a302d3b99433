/** The general mock servers a user would otherwise pick, and what each does with the same requests. None stores anything. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ORDINARY, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { converse } from '../load/conversation.ts';
import { postRequest } from '../load/raw-connection.ts';
import { median, rounded } from '../measure.ts';
import { installedPeer } from '../peers/install-peer.ts';
import { type Peer, PEERS } from '../peers/peers.ts';
import { runRole } from '../roles/run-role.ts';
import { peakMiBOf, residentMiBOf } from '../servers/process-memory.ts';
import { serveArguments } from '../servers/served-emulator.ts';

const STARTS = 3;
const START_TIMEOUT_MS = 30_000;

export async function peers(context: BenchContext): Promise<object> {
  const { plan, directory } = context;
  const fullBatch = join(directory, 'peers.batch');
  writeBatchFile(fullBatch, { ...ORDINARY, rows: plan.batchRows });
  const figures: Record<string, PeerFigures | string> = {};
  const measured = async (name: string, candidate: Candidate) => {
    try {
      figures[name] = await measurePeer(context, candidate, fullBatch);
    } catch (error) {
      figures[name] = error instanceof Error ? error.message : String(error);
    }
    context.say(`  ${name}: ${JSON.stringify(figures[name])}`);
  };
  const data = join(directory, 'peers');
  const { path, body } = PEERS[0]!;
  await measured('target-profile-emulator', {
    path,
    body,
    status: 200,
    // Its port is its own choice elsewhere; here it is told one, as its peers are.
    command: (port) => [process.execPath, ...withPort(serveArguments(context, data), port)],
    beforeStart: () => rmSync(data, { recursive: true, force: true }),
  });
  for (const peer of PEERS) {
    if (plan.peers === 'none' || (plan.peers === 'node' && peer.runtime === 'java')) continue;
    const installed = await installedPeer(context, peer.npmName, peer.version);
    if (typeof installed === 'string') {
      figures[peer.name] = installed;
      context.say(`  ${peer.name}: ${installed}`);
      continue;
    }
    await measured(peer.name, { ...peer, command: (port) => peer.command(installed.directory, port) });
  }
  rmSync(fullBatch);
  judge(context, figures);
  return figures;
}

function judge(context: BenchContext, figures: Readonly<Record<string, PeerFigures | string>>): void {
  const ours = figures['target-profile-emulator'];
  const nodePeers = PEERS.filter(({ runtime }) => runtime === 'node')
    .map(({ name }) => figures[name])
    .filter((each): each is PeerFigures => typeof each === 'object');
  if (typeof ours !== 'object' || nodePeers.length === 0) {
    const why = 'no peer could be measured';
    context.cannotJudge('peersStart', why);
    context.cannotJudge('peersTiny', why);
    return;
  }
  context.judge('peersStart', ours.startMs / Math.min(...nodePeers.map(({ startMs }) => startMs)));
  context.judge('peersTiny', ours.perSecond16 / Math.max(...nodePeers.map(({ perSecond16 }) => perSecond16)));
}

interface Candidate extends Pick<Peer, 'path' | 'body' | 'status'> {
  command(port: number): readonly [string, ...string[]];
  beforeStart?(): void;
}

interface PeerFigures {
  /** Process start to the first answer as told. */
  readonly startMs: number;
  readonly perSecond1: number;
  readonly perSecond16: number;
  readonly p99Ms16: number;
  readonly idleMiB: number | undefined;
  readonly loadedMiB: number | undefined;
  readonly fullBatch: {
    readonly status: number | string;
    readonly seconds: number;
    readonly peakMiB: number | undefined;
  };
}

async function measurePeer(context: BenchContext, candidate: Candidate, fullBatch: string): Promise<PeerFigures> {
  const { plan } = context;
  const starts: number[] = [];
  for (let round = 1; round < STARTS; round += 1) {
    const server = await startPeer(context, candidate);
    starts.push(server.startMs);
    await server.stop();
  }
  const server = await startPeer(context, candidate);
  starts.push(server.startMs);
  try {
    const idleMiB = residentMiBOf(server.pid);
    const load = (connections: number) =>
      runRole('closed-loop', {
        port: server.port,
        requests: { kind: 'post', path: candidate.path, body: candidate.body },
        connections,
        seconds: plan.loopSeconds,
        warmUpSeconds: plan.loopSeconds / 2,
      });
    await load(16);
    const one = await load(1);
    const sixteen = await load(16);
    for (const { statuses } of [one, sixteen]) {
      if (Object.keys(statuses).some((status) => Number(status) !== candidate.status)) {
        throw new Error(`It answered ${JSON.stringify(statuses)}.`);
      }
    }
    const loadedMiB = residentMiBOf(server.pid);
    return {
      startMs: rounded(median(starts)),
      perSecond1: one.perSecond,
      perSecond16: sixteen.perSecond,
      p99Ms16: sixteen.p99Ms,
      idleMiB: idleMiB && rounded(idleMiB),
      loadedMiB: loadedMiB && rounded(loadedMiB),
      fullBatch: await sendFullBatch(server.port, server.pid, candidate.path, fullBatch),
    };
  } finally {
    await server.stop();
  }
}

async function sendFullBatch(port: number, pid: number, path: string, file: string): Promise<PeerFigures['fullBatch']> {
  const whole = postRequest(path, readFileSync(file));
  const startedAt = performance.now();
  const status = await answerTo(port, whole);
  const peakMiB = peakMiBOf(pid);
  return { status, seconds: rounded((performance.now() - startedAt) / 1000), peakMiB: peakMiB && rounded(peakMiB) };
}

/** The status, or why there was none. */
async function answerTo(port: number, whole: Buffer): Promise<number | string> {
  try {
    const conversation = await converse(port);
    const { status } = await conversation.ask(whole);
    conversation.close();
    return status;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function startPeer({ own }: BenchContext, candidate: Candidate) {
  candidate.beforeStart?.();
  const port = await freePort();
  const [program, ...args] = candidate.command(port);
  const startedAt = performance.now();
  const child = own(spawn(program, args, { stdio: 'ignore' }));
  child.on('error', () => {});
  const closed = once(child, 'close').catch(() => {});
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await closed;
    clearTimeout(late);
  };
  const request = postRequest(candidate.path, candidate.body);
  for (;;) {
    const status = await answerTo(port, request);
    const startMs = performance.now() - startedAt;
    if (status === candidate.status) return { pid: child.pid!, port, startMs, stop };
    if (child.exitCode !== null || startMs > START_TIMEOUT_MS) {
      await stop();
      throw new Error(`It did not answer: ${String(status)}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('No port is free.');
  return address.port;
}

function withPort(args: readonly string[], port: number): string[] {
  return args.map((arg, index) => (args[index - 1] === '--port' ? String(port) : arg));
}
