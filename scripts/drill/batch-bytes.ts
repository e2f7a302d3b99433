/** Bodies of almost valid batch files, cut, spliced and with bytes turned: the server judges each, and none is a bug. */
import fc from 'fast-check';
import { brokenBatchFile } from '../../src/sim/index.ts';
import type { Drill } from './drill.ts';
import { fuzzedServer } from './known-profile.ts';

const BURST = 200;

const bodies = fc
  .tuple(
    brokenBatchFile(),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }),
    fc.option(fc.nat(), { nil: undefined }),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([{ file }, turned, cut, more]) => {
    const bytes = Buffer.concat([file.bytes, more]);
    for (const [at, byte] of turned) if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return cut === undefined ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
  });

export const batchBytes: Drill = {
  name: 'batch-bytes',
  sentence: 'Sends batch files with bytes cut, spliced and turned.',
  unit: 'bodies',
  quick: 400,
  full: 300_000,
  async run({ seed, amount, isOver }) {
    const server = await fuzzedServer();
    const { failures } = server;
    let sent = 0;
    for (let burst = 0; sent < amount && failures.length === 0 && !isOver(); burst += 1) {
      const some = fc.sample(bodies, { seed: seed + burst, numRuns: Math.min(BURST, amount - sent) });
      await Promise.all(
        some.map(async (body, index) => {
          const api = index % 2 === 0 ? 'v2/profile' : 'profile';
          const reply = await fetch(`${server.url}/m2/fuzz${index % 5}/${api}/batchUpdate`, { method: 'POST', body });
          const text = await reply.text();
          const cause = reply.headers.get('x-emulator-cause') ?? '';
          if (![200, 413, 503].includes(reply.status) || cause.startsWith('bug/')) {
            failures.push(`${reply.status} ${cause} ${text}: ${JSON.stringify(body.toString('latin1'))}`);
          }
        }),
      );
      sent += some.length;
      await server.look();
    }
    await server.kill();
    return { figures: { bodies: sent }, failures };
  },
};
