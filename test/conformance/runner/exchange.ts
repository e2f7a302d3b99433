/** One request to a server of this machine and its reply, paths and headers exactly as written: `fetch` would tidy them up. */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Reply, SentRequest } from '../../../src/sim/index.ts';

export async function exchange(origin: URL, { method, path, headers, body }: SentRequest): Promise<Reply> {
  const named = headers.find(([name]) => name === 'host')?.[1];
  // Whoever speaks to Adobe has the emulator as its proxy, or its links would lead to the real service (our-link-host).
  const target = named?.endsWith('.omtrdc.net') === true ? `http://${named}${path}` : path;
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({
      host: origin.hostname.replaceAll(/[[\]]/g, ''),
      port: origin.port === '' ? 80 : Number(origin.port),
      method,
      path: target,
      // A connection each: an idle one may be closed by the server just as it is used again.
      agent: false,
      headers: { host: origin.host, ...Object.fromEntries(headers), 'content-length': body?.byteLength ?? 0 },
    });
    outgoing.on('response', resolve).on('error', reject).end(body);
  });
  const shown = new Map(Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]));
  return {
    status: incoming.statusCode ?? 0,
    cause: shown.get('x-emulator-cause'),
    headers: shown,
    body: await buffer(incoming),
  };
}
