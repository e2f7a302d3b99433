/** Posts a batch file over a raw socket and waits for its end: what an upload takes, without an uploader. */
import { readFileSync } from 'node:fs';
import { converse } from './conversation.ts';
import { getRequest, postRequest } from './raw-connection.ts';
import { statusPath } from './request-spec.ts';

export interface Submission {
  readonly batchId: string;
  /** First byte of the POST to the whole reply. */
  readonly acceptedSeconds: number;
  /** First byte of the POST to the status that says complete, asked every few milliseconds. */
  readonly completeSeconds: number;
  readonly statusReply: string;
}

const POLL_MS = 10;

export async function submit(port: number, client: string, api: 'v1' | 'v2', file: string): Promise<Submission> {
  const path = `/m2/${client}/${api === 'v2' ? 'v2/' : ''}profile/batchUpdate`;
  return submitRequest(port, client, postRequest(path, readFileSync(file)));
}

/** A batch given as text, v2. */
export async function submitText(
  port: number,
  client: string,
  body: string,
): Promise<Submission & { readonly reply: string }> {
  return submitRequest(port, client, postRequest(`/m2/${client}/v2/profile/batchUpdate`, body));
}

async function submitRequest(
  port: number,
  client: string,
  whole: Buffer,
): Promise<Submission & { readonly reply: string }> {
  const { ask, close } = await converse(port);
  const startedAt = performance.now();
  const accepted = await ask(whole);
  const acceptedAt = performance.now();
  const batchId = /batchId=([^<]+)</.exec(accepted.body)?.[1];
  if (batchId === undefined)
    throw new Error(`The batch was not accepted: ${accepted.status} ${accepted.body.slice(0, 300)}`);
  const poll = getRequest(statusPath(client, batchId));
  for (;;) {
    const { body } = await ask(poll);
    const status = /<status>(\w+)</.exec(body)?.[1];
    if (status === 'complete') {
      const completeAt = performance.now();
      close();
      return {
        batchId,
        acceptedSeconds: (acceptedAt - startedAt) / 1000,
        completeSeconds: (completeAt - startedAt) / 1000,
        statusReply: body,
        reply: accepted.body,
      };
    }
    if (status !== 'incomplete') throw new Error(`The batch became ${status}: ${body.slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
