/** One request as faults and the journal see it: what it is, and what its handlers find out on the way. */
import { createHash } from 'node:crypto';
import { ourClientCode } from '../../protocol/rules/index.ts';
import type { BatchId, ClientCode } from '../../protocol/vocabulary/index.ts';
import type { FaultName } from '../faults/fault-set.ts';
import type { Operation } from '../faults/fault.ts';
import type { BatchFaults } from '../store/store.ts';
import { resolveClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** Bytes of a body that are digested, and held where a fault must be drawn before it is taken in. */
export const CONTENT_BYTES_MAX = 64 * 1024;

export interface Call {
  readonly url: URL;
  readonly client: ClientCode | undefined;
  readonly operation: Operation | undefined;
  /** Counts and digests what passes. */
  readonly observe: (body: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void>;
  readonly requestBytes: () => number;
  /** sha-256 of what has passed, of its first `CONTENT_BYTES_MAX` bytes at most; undefined before the first byte. */
  readonly content: () => string | undefined;
  /** Those that fired. */
  readonly faults: FaultName[];
  batchId: BatchId | undefined;
  /** Fires what was drawn for the batch, at the moment it is accepted. */
  takeBatchFaults: (batchId: BatchId) => BatchFaults | undefined;
  /** Of a reply whose head was sent although the connection was cut. */
  sentStatus: number | undefined;
}

export function callOf(services: Pick<Services, 'reader' | 'options' | 'clientCodes'>, request: Request): Call {
  const url = new URL(request.url);
  const { operation, clientText } = operationOf(url);
  const hash = createHash('sha256');
  let bytes = 0;
  async function* observe(body: AsyncIterable<Uint8Array>) {
    for await (const chunk of body) {
      if (bytes < CONTENT_BYTES_MAX) hash.update(chunk.subarray(0, CONTENT_BYTES_MAX - bytes));
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  return {
    url,
    client: clientText === undefined ? undefined : clientOf(services, url, operation, clientText),
    operation,
    observe,
    requestBytes: () => bytes,
    content: () => (bytes === 0 ? undefined : hash.copy().digest('hex')),
    faults: [],
    batchId: undefined,
    takeBatchFaults: () => undefined,
    sentStatus: undefined,
  };
}

/** The routes of `api-routes.ts`, as far as faults and the journal tell them apart. */
const SUBMIT = /^\/m2\/([^/]+)\/(?:v2\/)?profile\/batchUpdate$/;
const STATUS = /^\/m2\/([^/]+)\/(?:v2\/)?profile\/batchStatus$/;
const UPDATE = /^\/m2\/([^/]+)\/profile\/update$/;
const FETCH = /^\/rest\/v1\/profiles\/(?:thirdPartyId\/)?[^/]+$/;

function operationOf({ pathname, searchParams }: URL): { operation?: Operation; clientText?: string | undefined } {
  if (FETCH.test(pathname)) return { operation: 'fetch', clientText: searchParams.get('client') ?? undefined };
  for (const [operation, pattern] of [
    ['submit', SUBMIT],
    ['status', STATUS],
    ['update', UPDATE],
  ] as const) {
    const clientText = pattern.exec(pathname)?.[1];
    if (clientText !== undefined) return { operation, clientText };
  }
  return {};
}

function clientOf(
  services: Pick<Services, 'reader' | 'options' | 'clientCodes'>,
  url: URL,
  operation: Operation | undefined,
  clientText: string,
): ClientCode | undefined {
  if (operation === 'fetch') {
    const client = ourClientCode.decide(clientText);
    return typeof client === 'string' ? client : undefined;
  }
  // A client code needs no escapes: whatever holds one is none.
  const resolved = resolveClient(services, url, clientText);
  return resolved.kind === 'client' ? resolved.client : undefined;
}
