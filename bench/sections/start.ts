/** How long a start takes: the built command, and `startEmulator()` in a process that has it already. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchContext } from '../context.ts';
import { converse } from '../load/conversation.ts';
import { getRequest } from '../load/raw-connection.ts';
import { interleaved, median, medianRatio, rounded } from '../measure.ts';
import type { InProcessResult } from '../roles/in-process-starts.ts';
import { runRole } from '../roles/run-role.ts';
import { residentMiBOf } from '../servers/process-memory.ts';
import { serveArguments } from '../servers/served-emulator.ts';

export async function start(context: BenchContext): Promise<object> {
  const { plan, directory, dist } = context;
  const idle: Record<string, number> = {};
  const stops: number[] = [];
  const listening: number[] = [];
  const served = async (name: string, data: string | undefined, ...more: readonly string[]) => {
    const args = [...serveArguments(context, data), ...more];
    const { listensMs, seconds, residentMiB, stopSeconds } = await firstReply(context, args);
    if (name === 'memory') listening.push(listensMs);
    if (residentMiB !== undefined) idle[name] = rounded(residentMiB);
    stops.push(stopSeconds * 1000);
    return seconds * 1000;
  };
  const figures = await interleaved(plan.starts, {
    node: () => emptyNode('0'),
    // What an adapter of fetch takes in any case.
    nodeWithFetch: () => emptyNode('Response'),
    memory: () => served('memory', undefined),
    tlsUnused: () => served('tlsUnused', undefined, '--tls-port', '0'),
    file: async (round) => {
      const data = join(directory, `start-${round}`);
      const milliseconds = await served('file', data);
      rmSync(data, { recursive: true });
      return milliseconds;
    },
  });
  context.judge('startMemory', medianRatio(figures.memory, figures.node));
  context.judge('startTlsUnused', medianRatio(figures.tlsUnused, figures.memory));
  context.judge('startFile', medianRatio(figures.file, figures.node));
  context.say(
    `  node -e 0 ${ms(figures.node)}, node -e Response ${ms(figures.nodeWithFetch)}, --memory listens ${ms(listening)}, ` +
      `first 200 ${ms(figures.memory)}, with --tls-port ${ms(figures.tlsUnused)}, --data ${ms(figures.file)}, stopped in ${ms(stops)}; idle ${JSON.stringify(idle)} MiB`,
  );

  const entry = pathToFileURL(join(dist, 'index.js')).href;
  const inMemory = await runRole('in-process-starts', { entry, starts: plan.inProcessStarts });
  const dataParent = join(directory, 'in-process');
  const onFile = await runRole('in-process-starts', { entry, starts: plan.inProcessStarts, dataParent });
  rmSync(dataParent, { recursive: true, force: true });
  context.judge('startInProcess', median(inMemory.readyMs));
  context.say(
    `  startEmulator(): import ${ms([inMemory.importMs])}, first ${ms([inMemory.firstMs])}, then ${ms(inMemory.readyMs)}, ` +
      `close ${ms(inMemory.closeMs)}; with data ${ms(onFile.readyMs)}, close ${ms(onFile.closeMs)}`,
  );
  const times = { ...figures, listening };
  return {
    milliseconds: Object.fromEntries(Object.entries(times).map(([name, each]) => [name, rounded(median(each))])),
    stopMilliseconds: rounded(median(stops)),
    idleMiB: idle,
    inProcess: { memory: summary(inMemory), file: summary(onFile) },
  };
}

/** From spawn to a whole reply of the health page. */
async function firstReply({ own }: BenchContext, args: readonly string[]) {
  const startedAt = performance.now();
  const child = own(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const closed = once(child, 'close');
  let log = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const found = /"url":"http:\/\/[^"]*:(\d+)"/.exec(log)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once('exit', (code) => reject(new Error(`tpe serve ended with ${String(code)}.`)));
  });
  const listensMs = performance.now() - startedAt;
  const { ask, close } = await converse(port);
  await ask(getRequest('/__emulator/health'));
  const seconds = (performance.now() - startedAt) / 1000;
  close();
  const residentMiB = residentMiBOf(child.pid!);
  const stoppedAt = performance.now();
  child.kill('SIGTERM');
  await closed;
  return { listensMs, seconds, residentMiB, stopSeconds: (performance.now() - stoppedAt) / 1000 };
}

async function emptyNode(script: string): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'close');
  return performance.now() - startedAt;
}

function summary({ importMs, firstMs, readyMs, closeMs }: InProcessResult) {
  return {
    importMs: rounded(importMs),
    firstMs: rounded(firstMs),
    readyMs: rounded(median(readyMs)),
    closeMs: rounded(median(closeMs)),
  };
}

function ms(figures: readonly number[]): string {
  return `${median(figures).toFixed(1)} ms`;
}
