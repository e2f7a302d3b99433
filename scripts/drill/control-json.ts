/** Any JSON, and almost right JSON, to every operation of the control API: refused or done, and never a bug. */
import fc from 'fast-check';
import { operationsIn } from '../../src/server/harness/operation.ts';
import { OPERATIONS } from '../../src/server/harness/operations.ts';
import type { Drill } from './drill.ts';
import { fuzzedServer } from './known-profile.ts';

/** They take the time that they are told to, or the known profile with them. */
const LEFT_OUT: ReadonlySet<string> = new Set(['POST /snapshots/{id}/restore', 'POST /clock/advance', 'PUT /clock']);
const ROUTES = operationsIn(OPERATIONS)
  .flatMap(({ routes }) => routes)
  .filter((route) => !LEFT_OUT.has(route));

const WORDS = `kind ms polls manual duration pcId thirdPartyId profiles attributes times
  atLeast statusShape 2017 latency status code on submit __proto__ fuzz1 1`.split(/\s+/);
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 12 }));
const { tree } = fc.letrec((tie) => ({
  leaf: fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
  tree: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
  ),
}));
const asked = fc.record({
  route: fc.constantFrom(...ROUTES),
  parts: fc.array(word, { minLength: 4, maxLength: 4 }),
  query: fc.dictionary(fc.constantFrom('limit', 'cursor', 'client', 'path', 'kind', 'x'), word, { maxKeys: 3 }),
  body: fc.oneof(
    tree.map((value) => JSON.stringify(value)),
    fc.string({ maxLength: 30 }),
  ),
});

export const controlJson: Drill = {
  name: 'control-json',
  sentence: 'Asks every operation of the control API with any path, query and JSON.',
  unit: 'requests',
  quick: 400,
  full: 400_000,
  async run({ seed, amount, isOver, tell }) {
    const server = await fuzzedServer();
    const { failures } = server;
    let requests = 0;
    const property = fc.asyncProperty(asked, async ({ route, parts, query, body }) => {
      if (isOver()) return;
      const [method = '', path = ''] = route.split(' ');
      let next = 0;
      const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(parts[next++ % 4]!) || '%20');
      // The known profile is nobody's to drop.
      if (filled.includes('known')) return;
      requests += 1;
      const url = `${server.url}/__emulator${filled}?${new URLSearchParams(query).toString()}`;
      const reply = await fetch(url, { method, ...(method !== 'GET' && { body }) });
      const text = await reply.text();
      if (reply.status >= 500) throw new Error(`${route} ${reply.status} ${text}`);
    });
    const run = await fc.check(property, { seed, numRuns: amount, endOnFailure: false });
    if (run.failed) failures.push(`${String(run.errorInstance)}, shrunk to ${JSON.stringify(run.counterexample)}`);
    await server.look();
    tell(`${requests} requests`);
    await server.kill();
    return { figures: { requests }, failures };
  },
};
