/** The file to compare with, and whether it is a batch file already. */
import { createReadStream } from 'node:fs';
import { UploadError } from '../client/index.ts';
import { BATCH_PREFIX } from '../protocol/vocabulary/index.ts';

/** A file's path, or what can be opened again and gives the same bytes every time. */
export type CompareInput = string | { readonly name: string; readonly open: () => AsyncIterable<Uint8Array> };

export const inputName = (input: CompareInput): string => (typeof input === 'string' ? input : input.name);

export function openInput(input: CompareInput): AsyncIterable<Uint8Array> {
  return typeof input === 'string' ? fileBytes(input) : input.open();
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw UploadError.ofFile(path, cause);
  }
}

/** What a caller without types may have passed. @throws `options-invalid` */
export function assertInput(input: unknown, options: unknown): void {
  const isFile = typeof input === 'object' && input !== null && 'open' in input && typeof input.open === 'function';
  const issues = [
    ...(typeof input === 'string' || isFile ? [] : ['compareVersions takes a path, or { name, open }.']),
    ...(typeof options === 'object' && options !== null ? [] : ['Its options are an object.']),
  ];
  if (issues.length > 0) throw UploadError.ofOptions(issues);
}

/** By its first bytes; a byte order mark before `batch=` is for the API to judge. */
export async function isBatchFile(input: CompareInput): Promise<boolean> {
  let head = Buffer.alloc(0);
  for await (const chunk of openInput(input)) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= HEAD_BYTES) break;
  }
  const text = head.toString('utf8', 0, HEAD_BYTES);
  return text.startsWith(BATCH_PREFIX) || text.startsWith(`\uFEFF${BATCH_PREFIX}`);
}

const HEAD_BYTES = Buffer.byteLength(`\uFEFF${BATCH_PREFIX}`);
