/** Requests as fast as replies come, over a number of connections: what a server can take. Runs in a process of its own. */
import { median, quantile, rounded } from '../measure.ts';
import { rawConnection } from './raw-connection.ts';
import { type RequestSpec, requestsOf } from './request-spec.ts';

export interface ClosedLoopSpec {
  readonly port: number;
  readonly requests: RequestSpec;
  readonly connections: number;
  readonly seconds: number;
  /** Before anything is counted. */
  readonly warmUpSeconds: number;
}

export interface ClosedLoopResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Replies by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Share of the time the generator itself was computing: near 1 it, not the server, is the limit. */
  readonly generatorBusy: number;
}

export async function closedLoop(spec: ClosedLoopSpec): Promise<ClosedLoopResult> {
  const requests = requestsOf(spec.requests);
  const statuses: Record<string, number> = {};
  const latencies: number[] = [];
  let counted = 0;
  let next = 0;
  let isCounting = false;
  let isOver = false;
  let failure: Error | undefined;
  const connections = await Promise.all(
    Array.from({ length: spec.connections }, () =>
      rawConnection(spec.port, (error) => {
        failure ??= error;
      }),
    ),
  );
  const drive = (connection: (typeof connections)[number]) => {
    const request = requests[next % requests.length]!;
    next += 1;
    const sentAt = performance.now();
    connection.request(request, ({ status }) => {
      if (isOver) return;
      if (isCounting) {
        counted += 1;
        statuses[status] = (statuses[status] ?? 0) + 1;
        // A sample is enough, and keeps the generator quick.
        if (counted % 16 === 0) latencies.push(performance.now() - sentAt);
      }
      drive(connection);
    });
  };
  for (const connection of connections) drive(connection);
  await elapsed(spec.warmUpSeconds);
  isCounting = true;
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  await elapsed(spec.seconds);
  isOver = true;
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuUsage(usedBefore);
  for (const connection of connections) connection.close();
  if (failure !== undefined) throw failure;
  return {
    perSecond: rounded(counted / seconds),
    p50Ms: rounded(median(latencies)),
    p99Ms: rounded(quantile(latencies, 0.99)),
    statuses,
    generatorBusy: rounded((used.user + used.system) / 1e6 / seconds),
  };
}

function elapsed(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
