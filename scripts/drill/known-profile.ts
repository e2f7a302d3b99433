/** A server with one profile that nobody touches: after each burst of hostile input it must read back right. */
import { bugsIn } from './bookkeeping.ts';
import { type DrilledServer, startServer } from './server.ts';

export interface FuzzedServer extends DrilledServer {
  /** Adds what is wrong: a server that is gone, a profile that reads otherwise, a bug in its log. */
  look(): Promise<void>;
  readonly failures: string[];
}

const KNOWN = { profiles: [{ thirdPartyId: 'known', attributes: { tier: 'gold' } }] };

export async function fuzzedServer(): Promise<FuzzedServer> {
  const server = await startServer(['--memory', '--pace', 'immediate']);
  const failures: string[] = [];
  const seeded = await fetch(`${server.url}/__emulator/clients/known/profiles`, {
    method: 'POST',
    body: JSON.stringify(KNOWN),
  });
  if (seeded.status !== 200) failures.push(`the known profile was answered ${seeded.status}`);
  return {
    ...server,
    failures,
    async look() {
      try {
        const reply = await fetch(`${server.url}/rest/v1/profiles/thirdPartyId/known?client=known`);
        const text = await reply.text();
        if (!text.includes('gold')) failures.push(`the known profile read back as ${reply.status} ${text}`);
      } catch (error) {
        failures.push(`the server does not answer any more: ${String(error)} ${server.complaints()}`);
      }
      failures.push(...bugsIn(server.log() + server.complaints()));
    },
  };
}
