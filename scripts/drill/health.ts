/** An idle server answers its health at once: the floor of what the other drills measure. */
import { end } from './bookkeeping.ts';
import type { Drill } from './drill.ts';
import { startServer } from './server.ts';

export const health: Drill = {
  name: 'health',
  sentence: 'Asks an idle server how it is.',
  unit: 'requests',
  quick: 50,
  full: 2_000,
  async run({ amount, isOver }) {
    const server = await startServer(['--memory']);
    const failures: string[] = [];
    let slowestMs = 0;
    let requests = 0;
    for (; requests < amount && !isOver(); requests += 1) {
      const at = performance.now();
      const reply = await fetch(`${server.url}/__emulator/health`);
      await reply.text();
      slowestMs = Math.max(slowestMs, performance.now() - at);
      if (reply.status !== 200) failures.push(`health answered ${reply.status}`);
    }
    await end(server, failures);
    return { figures: { requests, slowestMs: Math.round(slowestMs) }, failures };
  },
};
