/** The raw `node:http` server beside which requests a second are told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../context.ts';
import { startRole } from '../roles/run-role.ts';

export async function startRawServer(
  { directory }: BenchContext,
  name: string,
  replies: { readonly contentType: string; readonly postReply: string; readonly getReply: string },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const portFile = join(directory, `${name}.port`);
  const role = startRole('raw-server', { portFile, ...replies });
  await role.ready;
  return {
    port: Number(readFileSync(portFile, 'utf8')),
    async stop() {
      role.stop();
      await role.result;
    },
  };
}
