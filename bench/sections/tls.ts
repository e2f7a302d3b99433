/** What TLS costs beside plain HTTP, with the same requests by the same client: a connection set up, and requests a second. */
import { Agent as PlainAgent, get as plainGet, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, get as secureGet } from 'node:https';
import { text } from 'node:stream/consumers';
import type { BenchContext } from '../context.ts';
import { interleaved, median, rounded, timed } from '../measure.ts';
import { serveEmulator } from '../servers/served-emulator.ts';

const SENDERS = 16;
/** Set-ups of one figure: one takes a few milliseconds. */
const SET_UPS = 40;

interface Way {
  readonly ask: (agent: PlainAgent | SecureAgent) => Promise<void>;
  /** With keep-alive, or a connection a request. */
  readonly agent: (keepAlive: boolean) => PlainAgent | SecureAgent;
}

export async function tls(context: BenchContext): Promise<object> {
  const served = await serveEmulator(context, undefined, ['--tls-port', '0']);
  const ca = await (await fetch(`http://127.0.0.1:${served.port}/__emulator/ca.pem`)).text();
  const path = '/rest/v1/profiles/1?client=bench';
  const plain: Way = {
    agent: (keepAlive) => new PlainAgent({ keepAlive, maxSockets: SENDERS }),
    ask: (agent) => answered((done) => plainGet({ port: served.port, host: '127.0.0.1', path, agent }, done)),
  };
  const secure: Way = {
    // No session is taken up again: each set-up is a whole handshake.
    agent: (keepAlive) => new SecureAgent({ keepAlive, maxSockets: SENDERS, ca, maxCachedSessions: 0 }),
    ask: (agent) => {
      const to = { port: served.tlsPort, host: '127.0.0.1', path, agent: agent as SecureAgent };
      return answered((done) => secureGet(to, done));
    },
  };
  // The certificate is made when TLS is first spoken: told apart from what every connection costs.
  const firstMs = (await timed(() => secure.ask(secure.agent(false)))).seconds * 1_000;
  for (const way of [plain, secure]) await perSecond(way, context.plan.warmUpSeconds);
  const rounds = context.plan.loopRounds;
  const setUp = await interleaved(rounds, { plain: () => setUpMs(plain), tls: () => setUpMs(secure) });
  const seconds = context.plan.loopSeconds;
  const rate = await interleaved(rounds, {
    plain: () => perSecond(plain, seconds),
    tls: () => perSecond(secure, seconds),
  });
  await served.stop();
  const figures = {
    firstHandshakeMs: rounded(firstMs),
    setUpMs: { plain: rounded(median(setUp.plain)), tls: rounded(median(setUp.tls)) },
    requestsPerSecond: { plain: rounded(median(rate.plain)), tls: rounded(median(rate.tls)) },
  };
  context.say(
    `  connection and first reply, fetches a second at ${SENDERS} connections (client and server share the machine): ${JSON.stringify(figures)}`,
  );
  return figures;
}

function answered(
  ask: (done: (reply: IncomingMessage) => void) => { once(event: 'error', fail: (error: Error) => void): unknown },
) {
  return new Promise<void>((resolve, reject) => {
    ask((reply) => void text(reply).then(() => resolve(), reject)).once('error', reject);
  });
}

async function setUpMs({ ask, agent }: Way): Promise<number> {
  const each = agent(false);
  const { seconds } = await timed(async () => {
    for (let count = 0; count < SET_UPS; count += 1) await ask(each);
  });
  return (seconds * 1_000) / SET_UPS;
}

async function perSecond({ ask, agent }: Way, seconds: number): Promise<number> {
  const kept = agent(true);
  const endsAt = performance.now() + seconds * 1_000;
  let count = 0;
  const sender = async () => {
    while (performance.now() < endsAt) {
      await ask(kept);
      count += 1;
    }
  };
  const { seconds: took } = await timed(async () => void (await Promise.all(Array.from({ length: SENDERS }, sender))));
  kept.destroy();
  return count / took;
}
