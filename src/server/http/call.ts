/** One request as faults and the journal see it: what it is, and what its handlers find out on the way. */
import { createHash, type Hash } from 'node:crypto';
import type { BatchId, ClientCode } from '../../protocol/vocabulary/index.ts';
import type { FaultName } from '../faults/fault-set.ts';
import type { Operation } from '../faults/fault.ts';
import type { Flight } from '../ingest/bytes-in-flight.ts';
import type { BatchFaults } from '../store/store.ts';

/** Bytes of a body that are digested, and held where a fault must be drawn before it is taken in. */
export const CONTENT_BYTES_MAX = 64 * 1024;
/** Of its beginning, which tells what it looks like. */
const BODY_START_BYTES = 64;

export interface Call {
  /** The request's, taken apart once. */
  readonly url: URL;
  /** As it arrives, once only, counted and digested on the way; a fault may put another in its place. */
  body: AsyncIterable<Uint8Array>;
  readonly requestBytes: () => number;
  /** sha-256 of what has passed, of its first `CONTENT_BYTES_MAX` bytes at most; undefined before the first byte. */
  readonly content: () => string | undefined;
  /** As its route says; undefined for what is not emulated. */
  operation: Operation | undefined;
  client: ClientCode | undefined;
  /** How far its clock was ahead when the call came. */
  aheadMs: number;
  /** Those that fired. */
  readonly faults: FaultName[];
  /** Whoever sent it may not speak to the emulator at all. */
  isForeign: boolean;
  batchId: BatchId | undefined;
  /** Fires what was drawn for the batch, at the moment it is accepted. */
  takeBatchFaults: (batchId: BatchId) => BatchFaults | undefined;
  /** Why the API refuses it, and what helps: sentences for a person. */
  refusal: string | undefined;
  remedy: string | undefined;
  /** The first bytes of the body, as far as it was read. */
  readonly bodyStart: () => Uint8Array | undefined;
  /** Of a reply whose head was sent although the connection was cut. */
  sentStatus: number | undefined;
}

/** The body is opened when it is first asked for: most requests have none. */
export function callOf(url: URL, open: () => AsyncIterable<Uint8Array>, begin?: () => Flight): Call {
  const passed: PassedBody = { bytes: 0, hash: undefined, digest: undefined, start: undefined };
  let body: AsyncIterable<Uint8Array> | undefined;
  return {
    url,
    get body() {
      return (body ??= observed(open(), passed, begin?.()));
    },
    set body(other) {
      body = other;
    },
    requestBytes: () => passed.bytes,
    content: () => (passed.digest ??= passed.hash?.copy().digest('hex')),
    operation: undefined,
    client: undefined,
    aheadMs: 0,
    faults: [],
    isForeign: false,
    batchId: undefined,
    takeBatchFaults: () => undefined,
    refusal: undefined,
    remedy: undefined,
    bodyStart: () => passed.start,
    sentStatus: undefined,
  };
}

/** Most requests have no body, and then nothing is digested. */
interface PassedBody {
  start: Uint8Array | undefined;
  bytes: number;
  hash: Hash | undefined;
  /** Of what has passed so far. */
  digest: string | undefined;
}

async function* observed(
  body: AsyncIterable<Uint8Array>,
  passed: PassedBody,
  flight: Flight | undefined,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of body) {
    flight?.arrived(chunk.byteLength);
    passed.start ??= chunk.slice(0, BODY_START_BYTES);
    if (passed.bytes < CONTENT_BYTES_MAX) {
      passed.hash ??= createHash('sha256');
      passed.digest = undefined;
      passed.hash.update(chunk.subarray(0, CONTENT_BYTES_MAX - passed.bytes));
    }
    passed.bytes += chunk.byteLength;
    yield chunk;
  }
}
