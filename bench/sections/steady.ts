/** Requests a second for tiny submissions, statuses and fetches, beside a raw `node:http` server answering the same bytes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../context.ts';
import type { ClosedLoopResult } from '../load/closed-loop.ts';
import { converse } from '../load/conversation.ts';
import { getRequest } from '../load/raw-connection.ts';
import { fetchPath, type RequestSpec, statusPath, tinyBody } from '../load/request-spec.ts';
import { submitText } from '../load/submit.ts';
import { median, medianRatio, rounded } from '../measure.ts';
import type { Population } from '../population.ts';
import { runRole } from '../roles/run-role.ts';
import { startRawServer } from '../servers/raw-baseline.ts';
import { serveEmulator } from '../servers/served-emulator.ts';

const CLIENT = 'tiny';
/** Where the goals look. */
const JUDGED_CONNECTIONS = 16;

export async function steady(context: BenchContext, store: Population): Promise<object> {
  const { plan, directory } = context;
  await store.growTo(plan.populationMax);
  const data = join(directory, 'steady');
  const [memory, file, large] = [
    await serveEmulator(context),
    await serveEmulator(context, data),
    await serveEmulator(context, store.data),
  ];
  // A batch to ask for, and the very bytes of each reply for the raw server.
  const { batchId } = await submitText(large.port, store.client, tinyBody(0));
  const replyOf = async (port: number, request: Buffer) => {
    const { ask, close } = await converse(port);
    const { body } = await ask(request);
    close();
    return body;
  };
  const xml = 'text/xml;charset=UTF-8';
  const { reply: tinyReply } = await submitText(file.port, CLIENT, tinyBody(0));
  const statusReply = await replyOf(large.port, getRequest(statusPath(store.client, batchId)));
  const fetchReply = await replyOf(large.port, getRequest(fetchPath(store.client, 7)));
  const rawXml = await startRawServer(context, 'raw-xml', {
    contentType: xml,
    postReply: tinyReply,
    getReply: statusReply,
  });
  const rawJson = await startRawServer(context, 'raw-json', {
    contentType: 'application/json;charset=UTF-8',
    postReply: '',
    getReply: fetchReply,
  });

  const tiny: RequestSpec = { kind: 'tiny', client: CLIENT };
  const status: RequestSpec = { kind: 'get', path: statusPath(store.client, batchId) };
  const fetch: RequestSpec = { kind: 'fetch', client: store.client, profiles: store.profiles() };
  const runners: Record<string, { readonly port: number; readonly requests: RequestSpec }> = {
    'tiny raw': { port: rawXml.port, requests: tiny },
    'tiny memory': { port: memory.port, requests: tiny },
    'tiny file': { port: file.port, requests: tiny },
    'status raw': { port: rawXml.port, requests: status },
    'status large': { port: large.port, requests: status },
    'fetch raw': { port: rawJson.port, requests: fetch },
    'fetch large': { port: large.port, requests: fetch },
  };
  for (const { port, requests } of Object.values(runners)) {
    await runRole('closed-loop', { port, requests, connections: 16, seconds: plan.warmUpSeconds, warmUpSeconds: 0 });
  }
  const results: Record<string, Record<number, Summary>> = {};
  for (const connections of plan.connections) {
    const taken: Record<string, ClosedLoopResult[]> = {};
    for (let round = 0; round < plan.loopRounds; round += 1) {
      for (const [name, { port, requests }] of Object.entries(runners)) {
        const seconds = plan.loopSeconds;
        const spec = { port, requests, connections, seconds, warmUpSeconds: seconds / 2 };
        (taken[name] ??= []).push(await runRole('closed-loop', spec));
      }
    }
    for (const [name, rounds] of Object.entries(taken)) {
      const summary = summaryOf(rounds);
      (results[name] ??= {})[connections] = summary;
      context.say(
        `  ${name}, ${connections} connections: ${summary.perSecond}/s, p99 ${summary.p99Ms} ms, ${summary.others} other than 200`,
      );
    }
    if (connections === JUDGED_CONNECTIONS) {
      const ratio = (name: string, raw: string) => medianRatio(rates(taken[name]), rates(taken[raw]));
      context.judge('tinyMemory', ratio('tiny memory', 'tiny raw'));
      context.judge('tinyFile', ratio('tiny file', 'tiny raw'));
      context.judge('status', ratio('status large', 'status raw'));
      context.judge('fetch', ratio('fetch large', 'fetch raw'));
    }
  }
  for (const server of [rawXml, rawJson, memory, file, large]) await server.stop();
  rmSync(data, { recursive: true });
  return { profiles: store.profiles(), results };
}

interface Summary {
  readonly perSecond: number;
  readonly rounds: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly generatorBusy: number;
  /** Replies with another status than 200. */
  readonly others: number;
}

export function summaryOf(rounds: readonly ClosedLoopResult[]): Summary {
  return {
    perSecond: rounded(median(rates(rounds))),
    rounds: rates(rounds),
    p50Ms: rounded(median(rounds.map(({ p50Ms }) => p50Ms))),
    p99Ms: rounded(median(rounds.map(({ p99Ms }) => p99Ms))),
    generatorBusy: rounded(median(rounds.map(({ generatorBusy }) => generatorBusy))),
    others: rounds.reduce(
      (sum, { statuses }) =>
        sum + Object.entries(statuses).reduce((others, [code, count]) => (code === '200' ? others : others + count), 0),
      0,
    ),
  };
}

function rates(rounds: readonly ClosedLoopResult[] | undefined): number[] {
  return (rounds ?? []).map(({ perSecond }) => perSecond);
}
