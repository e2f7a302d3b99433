/** A server of nothing but `node:http` that reads the request and answers constant bytes: what HTTP itself costs here. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Lifecycle } from './lifecycle.ts';

export interface RawServerSpec {
  /** Where it writes its port. */
  readonly portFile: string;
  readonly contentType: string;
  readonly postReply: string;
  readonly getReply: string;
}

export async function rawServer(spec: RawServerSpec, { ready, stopped }: Lifecycle): Promise<void> {
  const server = createServer((request, response) => {
    const answer = (reply: string) => {
      response.writeHead(200, { 'content-type': spec.contentType, 'content-length': Buffer.byteLength(reply) });
      response.end(reply);
    };
    if (request.method === 'GET') return answer(spec.getReply);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => answer(spec.postReply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(spec.portFile, String((server.address() as AddressInfo).port));
  ready();
  await stopped;
  server.closeAllConnections();
  server.close();
}
