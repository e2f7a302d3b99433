/** Requests as bytes, with bytes turned, lines left out, twice and cut: answered or hung up on, and others are served. */
import { connect } from 'node:net';
import fc from 'fast-check';
import type { Drill } from './drill.ts';
import { fuzzedServer } from './known-profile.ts';

const BURST = 100;
const BODY = 'batch=pcId,a\n1,x';
const LINES = [
  'Host: localhost',
  `Content-Length: ${BODY.length}`,
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Origin: null',
  'Authorization: Bearer x',
  'Content-Length: 99999999999999999999',
  'Content-Encoding: gzip',
  'X: \u0000\u00ff',
];
const TARGETS = [
  '/m2/fuzz/v2/profile/batchUpdate',
  '/m2/fuzz/profile/batchStatus?batchId=%ff',
  '/rest/v1/profiles/%00?client=fuzz',
  '/__emulator/batches?limit=1',
  '/__emulator//../x',
  'http://localhost/m2/fuzz/profile/update?mboxPC=1&profile.a=%',
  '*',
  '//',
  '/\\evil',
];

const requests = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'CONNECT', 'PRI', 'get'),
    target: fc.constantFrom(...TARGETS),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 5 }),
    end: fc.constantFrom('\r\n', '\n', '\r'),
    body: fc.constantFrom('', BODY, `10\r\n${BODY}\r\n0\r\n\r\n`, `ffffffffff\r\n${BODY}`),
    turned: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
    times: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ method, target, lines, end, body, turned, times }) => {
    const head = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines].join(end);
    const bytes = Buffer.from(`${head}${end}${end}${body}`.repeat(times), 'latin1');
    for (const [at, byte] of turned) bytes[at % bytes.length] = byte;
    return bytes;
  });

/** All that is heard until the other side hangs up, or we do, half a second after the last byte. */
function heard(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').setTimeout(500, () => socket.destroy());
    socket.on('data', (more: string) => (text += more)).on('error', () => undefined);
    socket.once('close', () => resolve(text));
    socket.end(bytes);
  });
}

export const httpBytes: Drill = {
  name: 'http-bytes',
  sentence: 'Sends requests whose bytes are turned, cut and in the wrong order.',
  unit: 'requests',
  quick: 300,
  full: 300_000,
  async run({ seed, amount, isOver }) {
    const server = await fuzzedServer();
    const { failures } = server;
    const port = Number(new URL(server.url).port);
    let sent = 0;
    for (let burst = 0; sent < amount && failures.length === 0 && !isOver(); burst += 1) {
      const some = fc.sample(requests, { seed: seed + burst, numRuns: Math.min(BURST, amount - sent) });
      for (const [index, text] of (await Promise.all(some.map((bytes) => heard(port, bytes)))).entries()) {
        if (!/x-emulator-cause: bug|^HTTP\/1\.1 500/m.test(text)) continue;
        failures.push(`${text.slice(0, 300)}: ${JSON.stringify(Buffer.from(some[index]!).toString('latin1'))}`);
      }
      sent += some.length;
      await server.look();
    }
    await server.kill();
    return { figures: { requests: sent }, failures };
  },
};
