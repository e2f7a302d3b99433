/** What the journal holds and how it is asked: types alone, because what users import may name no type of SQLite's. */
import type { BatchId, ClientCode, KnownId } from '../../protocol/vocabulary/index.ts';

/** A request to the emulated API; no header of it is kept, and of its body the size and a digest. */
export interface JournalRequest {
  readonly kind: 'request';
  readonly at: number;
  /** When the reply was ready, or the connection cut. */
  readonly endedAt: number;
  readonly method: string;
  /** With the id of a visitor blotted out unless it is wanted. */
  readonly path: string;
  /** With what looks like a secret blotted out, and values and ids unless they are wanted. */
  readonly query: string;
  readonly client: ClientCode | undefined;
  readonly operation: string | undefined;
  /** Undefined where no reply was sent. */
  readonly status: number | undefined;
  /** As in `x-emulator-cause`. */
  readonly cause: string | undefined;
  readonly batchId: BatchId | undefined;
  /** sha-256 of the body, of its first 65,536 bytes where it is longer, as far as it was read. */
  readonly content: string | undefined;
  /** Of a refused request with a body: its content type, and how it begins, masked unless values are wanted. */
  readonly contentType?: string | undefined;
  readonly bodyStart?: string | undefined;
  /** Of the body, as far as it was read. */
  readonly requestBytes: number;
  /** Of the reply's body, where it was known beforehand. */
  readonly replyBytes: number | undefined;
  /** Those that fired on it. */
  readonly faults: readonly string[];
}

/** A fault at the moment it fired. */
export interface JournalFault {
  readonly kind: 'fault';
  readonly at: number;
  readonly fault: string;
  readonly client: ClientCode;
  readonly operation: string;
  readonly content: string | undefined;
  readonly batchId: BatchId | undefined;
}

export type JournalEvent = JournalRequest | JournalFault;
/** `sequence` counts from 1 over all clients and never again, whatever is evicted or cleared. */
export type JournalEntry = JournalEvent & { readonly sequence: number };

/** Which entries: all of these must hold. */
export interface JournalFilter {
  readonly kind?: JournalEvent['kind'] | undefined;
  readonly client?: string | undefined;
  readonly operation?: string | undefined;
  readonly method?: string | undefined;
  /** `*` stands for any text without a slash. */
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  readonly cause?: string | undefined;
  readonly batchId?: string | undefined;
  readonly content?: string | undefined;
  /** A request it fired on, or its own entry. */
  readonly fault?: string | undefined;
}

export interface JournalPage {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
  readonly next: string | undefined;
  /** Entries of this client code, or of all, that were evicted, or never written, since it was begun or cleared. */
  readonly evicted: number;
}

/** What is known to have touched one visitor. */
export interface VisitorEntries {
  /** The last ones, oldest first. */
  readonly entries: readonly JournalEntry[];
  /** As in `JournalPage`: any of them may have been this visitor's. */
  readonly evicted: number;
  /** Entries of this client code from before the emulator was started: nobody can tell whose they are. */
  readonly earlier: number;
}

export interface Journal {
  /**
   * Written down with the others of this turn of the event loop, at its end; every other method sees it at once. Never
   * throws: what cannot be written is tried again, and beyond a bound it counts as evicted. Of `visitors`, by the ids that
   * they are stored under, digests alone stay on disk, whose key dies with the process.
   */
  add(event: JournalEvent, visitors?: readonly KnownId[]): void;
  /** By any of its ids, as they are stored. */
  ofVisitor(client: ClientCode, visitor: readonly KnownId[], limit: number): VisitorEntries;
  read(query: JournalFilter & { readonly limit: number; readonly cursor?: string | undefined }): JournalPage;
  /** The last `limit` that fit, oldest first. */
  latest(filter: JournalFilter, limit: number): readonly JournalEntry[];
  /** The entries that fit; `evicted` tells whether there may have been more. */
  count(filter: JournalFilter): { readonly count: number; readonly evicted: number };
  /** One client code's entries, or all. */
  clear(client?: ClientCode): void;
  close(): void;
}
