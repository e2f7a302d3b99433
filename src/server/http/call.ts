/** One request as faults and the journal see it: what it is, and what its handlers find out on the way. */
import { createHash, type Hash } from 'node:crypto';
import type { BatchId, ClientCode, KnownId } from '../../protocol/vocabulary/index.ts';
import type { FaultName } from '../faults/fault-set.ts';
import type { Operation } from '../faults/fault.ts';
import type { Flight } from '../ingest/bytes-in-flight.ts';
import type { BatchFaults } from '../store/store.ts';
import type { Reply } from './reply.ts';

/** Bytes of a body that are digested, and held where a fault must be drawn before it is taken in. */
export const CONTENT_BYTES_MAX = 64 * 1024;
/** Of its beginning, which tells what it looks like. */
const BODY_START_BYTES = 64;

/** A class: a literal with accessors cost a fetch 18 us, and outlived the quick collections with all that it knows. */
export class Call {
  /** The request's, taken apart once. */
  readonly url: URL;
  /** As its route says; undefined for what is not emulated. */
  operation: Operation | 'token' | undefined = undefined;
  client: ClientCode | undefined = undefined;
  /** How far its clock was ahead when the call came. */
  aheadMs = 0;
  /** Those that fired. */
  faults: readonly FaultName[] = NONE;
  /** Whoever sent it may not speak to the emulator at all. */
  isForeign = false;
  batchId: BatchId | undefined = undefined;
  /** Whom it speaks of, by the ids that profiles are stored under. */
  visitors: readonly KnownId[] | undefined = undefined;
  /** Fires what was drawn for the batch, at the moment it is accepted. */
  takeBatchFaults: () => BatchFaults | undefined = noFaults;
  /** The same of a single update, which is counted unless it only asks: what it is answered with instead. */
  takeUpdate: (isAsking: boolean) => Reply | undefined = noFaults;
  /** Why the API refuses it, and what helps, also where it was taken: sentences for a person. */
  refusal: string | undefined = undefined;
  remedy: string | undefined = undefined;
  /** Of a reply whose head was sent although the connection was cut. */
  sentStatus: number | undefined = undefined;
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #begin: (() => Flight) | undefined;
  #flight: Flight | undefined = undefined;
  #body: AsyncIterable<Uint8Array> | undefined = undefined;
  #start: Uint8Array | undefined = undefined;
  #bytes = 0;
  #hash: Hash | undefined = undefined;
  /** Of what has passed so far. */
  #digest: string | undefined = undefined;

  /** The body is opened when it is first asked for: most requests have none, and then nothing is digested. */
  constructor(url: URL, open: () => AsyncIterable<Uint8Array>, begin?: () => Flight) {
    this.url = url;
    this.#open = open;
    this.#begin = begin;
  }

  /** As it arrives, once only, counted and digested on the way; a fault may put another in its place. */
  get body(): AsyncIterable<Uint8Array> {
    return (this.#body ??= this.#observed());
  }

  set body(other) {
    this.#body = other;
  }

  get requestBytes(): number {
    return this.#bytes;
  }

  /** The first bytes of the body, as far as it was read. */
  get bodyStart(): Uint8Array | undefined {
    return this.#start;
  }

  /** sha-256 of what has passed, of its first `CONTENT_BYTES_MAX` bytes at most; undefined before the first byte. */
  content(): string | undefined {
    return (this.#digest ??= this.#hash?.copy().digest('hex'));
  }

  /** It is answered: its body is not on its way any more. */
  end(): void {
    this.#flight?.end();
  }

  async *#observed(): AsyncGenerator<Uint8Array, void> {
    this.#flight = this.#begin?.();
    for await (const chunk of this.#open()) {
      this.#flight?.arrived(chunk.byteLength);
      this.#start ??= chunk.slice(0, BODY_START_BYTES);
      if (this.#bytes < CONTENT_BYTES_MAX) {
        this.#hash ??= createHash('sha256');
        this.#digest = undefined;
        this.#hash.update(chunk.subarray(0, CONTENT_BYTES_MAX - this.#bytes));
      }
      this.#bytes += chunk.byteLength;
      yield chunk;
    }
  }
}

const NONE: readonly FaultName[] = [];
const noFaults = () => undefined;
