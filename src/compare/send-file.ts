/** Sends the file to one client code by one version of the API: a batch file as it is, anything else through the uploader. */
import { createReadStream } from 'node:fs';
import { createUploader, UploadError } from '../client/index.ts';
import type { InputOptions, InputRefused, UploadReport } from '../client/index.ts';
import { readSubmitReply } from '../protocol/wire/index.ts';
import { type Api, BATCH_PREFIX } from '../protocol/vocabulary/index.ts';
import type { Emulator } from '../server/index.ts';
import type { Refusal } from './comparison.ts';

/** A file's path, or what can be opened again and gives the same bytes every time. */
export type CompareInput = string | { readonly name: string; readonly open: () => AsyncIterable<Uint8Array> };

export const inputName = (input: CompareInput): string => (typeof input === 'string' ? input : input.name);

/** How an export is read; see the uploader. */
export type ReadingOptions = InputOptions;

interface Sending {
  readonly emulator: Emulator;
  readonly client: string;
  readonly api: Api;
  readonly input: CompareInput;
  readonly isBatchFile: boolean;
  readonly reading: ReadingOptions;
  /** Is given the bytes of each batch file that is sent, and gives the same. */
  readonly heard: ((bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | undefined;
  readonly signal: AbortSignal | undefined;
}

export type Sent =
  | { readonly kind: 'sent'; readonly report: UploadReport | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | InputRefused;

/** By its first bytes; a byte order mark before `batch=` is for the API to judge. */
export async function isBatchFile(input: CompareInput): Promise<boolean> {
  let head = Buffer.alloc(0);
  for await (const chunk of openInput(input)) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= BATCH_START_BYTES_MAX) break;
  }
  return BATCH_STARTS.some((start) => head.subarray(0, start.length).equals(start));
}

const BATCH_STARTS = [BATCH_PREFIX, `\uFEFF${BATCH_PREFIX}`].map((start) => Buffer.from(start));
const BATCH_START_BYTES_MAX = Math.max(...BATCH_STARTS.map(({ length }) => length));

export async function sendFile(sending: Sending): Promise<Sent> {
  const sent = await (sending.isBatchFile ? postBatchFile(sending) : uploadExport(sending));
  if (sent.kind === 'sent') await sending.emulator.drain();
  return sent;
}

/** Names no address: requests go straight into the emulator. */
const ENDPOINT = 'http://localhost';

async function postBatchFile({ emulator, client, api, input, heard = same, signal }: Sending): Promise<Sent> {
  const url = `${ENDPOINT}/m2/${client}${api === 'v1' ? '' : '/v2'}/profile/batchUpdate`;
  const response = await emulator.fetch(
    new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: ReadableStream.from(heard(openInput(input))),
      duplex: 'half',
      signal: signal ?? null,
    }),
  );
  const text = await response.text();
  const reply = readSubmitReply(text);
  if (response.ok && reply?.success === true) return { kind: 'sent', report: undefined };
  const cause = response.headers.get('x-emulator-cause');
  const rule = cause?.startsWith('rule/') === true ? cause.slice('rule/'.length) : undefined;
  return { kind: 'refused', refusal: { api, rule, message: reply?.message ?? text } };
}

async function uploadExport({ emulator, client, api, input, reading, heard = same, signal }: Sending): Promise<Sent> {
  const uploader = createUploader({
    ...reading,
    endpoint: ENDPOINT,
    client,
    api,
    wait: false,
    transport: async (url, { body, ...init }) => {
      const bytes = body === undefined ? {} : { body: ReadableStream.from(heard(body)) };
      return emulator.fetch(new Request(url, { ...init, ...bytes }));
    },
    // Nothing is waited for: what is refused here is refused for good.
    outageMax: 0,
    clock: { now: () => emulator.clock.now(), sleep: () => Promise.resolve() },
  });
  const result = await uploader.upload(input, signal === undefined ? {} : { signal });
  if (result.kind === 'input-refused') return result;
  if (result.state === 'submitted') return { kind: 'sent', report: result };
  if (result.state === 'interrupted' && result.error !== undefined) throw result.error;
  const message = result.error?.message ?? `${inputName(input)} was not accepted: ${result.state}.`;
  return { kind: 'refused', refusal: { api, rule: undefined, message } };
}

const openInput = (input: CompareInput) => (typeof input === 'string' ? fileBytes(input) : input.open());

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw UploadError.ofFile(path, cause);
  }
}

const same = (bytes: AsyncIterable<Uint8Array>) => bytes;
