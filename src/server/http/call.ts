/** One request as faults and the journal see it: what it is, and what its handlers find out on the way. */
import { createHash, type Hash } from 'node:crypto';
import { ourClientCode } from '../../protocol/rules/index.ts';
import type { BatchId, ClientCode } from '../../protocol/vocabulary/index.ts';
import type { FaultName } from '../faults/fault-set.ts';
import type { Operation } from '../faults/fault.ts';
import type { BatchFaults } from '../store/store.ts';
import { type RefusedClient, type ResolvedClient, resolveClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** Bytes of a body that are digested, and held where a fault must be drawn before it is taken in. */
export const CONTENT_BYTES_MAX = 64 * 1024;

export interface Call {
  readonly url: URL;
  readonly client: ClientCode | undefined;
  readonly operation: Operation | undefined;
  /** `resolveClient`, asked once for each spelling: the journal, faults and the handler mean the same client code. */
  readonly resolved: (pathClient: string) => ResolvedClient | RefusedClient;
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

export function callOf(services: Pick<Services, 'reader' | 'options' | 'clientCodes'>, url: URL): Call {
  const { operation, clientText } = operationOf(url);
  let last: { readonly pathClient: string; readonly resolved: ResolvedClient | RefusedClient } | undefined;
  const resolved = (pathClient: string) => {
    if (last?.pathClient !== pathClient) last = { pathClient, resolved: resolveClient(services, url, pathClient) };
    return last.resolved;
  };
  const passed: PassedBody = { bytes: 0, hash: undefined, digest: undefined };
  return {
    url,
    client: clientText === undefined ? undefined : clientOf(operation, clientText, resolved),
    operation,
    resolved,
    observe: (body) => observed(body, passed),
    requestBytes: () => passed.bytes,
    content: () => (passed.digest ??= passed.hash?.copy().digest('hex')),
    faults: [],
    batchId: undefined,
    takeBatchFaults: () => undefined,
    sentStatus: undefined,
  };
}

/** Most requests have no body, and then nothing is digested. */
interface PassedBody {
  bytes: number;
  hash: Hash | undefined;
  /** Of what has passed so far. */
  digest: string | undefined;
}

async function* observed(body: AsyncIterable<Uint8Array>, passed: PassedBody): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of body) {
    if (passed.bytes < CONTENT_BYTES_MAX) {
      passed.hash ??= createHash('sha256');
      passed.digest = undefined;
      passed.hash.update(chunk.subarray(0, CONTENT_BYTES_MAX - passed.bytes));
    }
    passed.bytes += chunk.byteLength;
    yield chunk;
  }
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
  operation: Operation | undefined,
  clientText: string,
  resolved: Call['resolved'],
): ClientCode | undefined {
  if (operation === 'fetch') {
    const client = ourClientCode.decide(clientText);
    return typeof client === 'string' ? client : undefined;
  }
  // A client code needs no escapes: whatever holds one is none.
  const found = resolved(clientText);
  return found.kind === 'client' ? found.client : undefined;
}
