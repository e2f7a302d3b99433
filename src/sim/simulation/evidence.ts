/** What a simulation has seen, for the checkers: what was sent, what was said, and what the server says it holds. */
import type { RuleId, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { FollowOutcome, UploadReport } from '../../client/index.ts';
import type { BatchRecord, Emulator } from '../../server/index.ts';
import type { Model } from '../model/index.ts';
import type { UploadStep } from './step.ts';

export interface Evidence {
  readonly server: Emulator;
  readonly model: Model;
  readonly now: number;
  readonly uploads: readonly UploadEvidence[];
  /** In the order of acceptance. */
  readonly accepted: readonly AcceptedEvidence[];
  /** Batches that went with their client code, as they were then, by batch id. */
  readonly dropped: ReadonlyMap<string, BatchRecord>;
  /** Every visitor that was met, by client code. */
  readonly ids: ReadonlyMap<string, readonly VisitorId[]>;
  /** Of customer attributes, by sequence. */
  readonly files: ReadonlyMap<number, FileEvidence>;
  /** Where the server, row by row, did otherwise than the model, or than the API's order allows. */
  readonly disagreements: readonly string[];
}

export interface FileEvidence {
  readonly client: string;
  readonly text: string;
  /** By which it fails, in the model; `none` where it is processed, undefined where the server has not said that it has ended. */
  rule: RuleId | 'none' | undefined;
  /** It went with its client code. */
  isDropped: boolean;
}

/** The batches that a server holds, of every client code that was met. */
export const heldBatches = ({ server, ids }: Pick<Evidence, 'server' | 'ids'>): readonly BatchRecord[] =>
  [...ids.keys()].flatMap((client) => server.batches(client));

export interface UploadEvidence {
  readonly step: UploadStep;
  /** The first; the one that went on where that was interrupted; the one that went on when the faults had stopped. */
  readonly runs: readonly RunEvidence[];
  /** Of links whose end no run has seen. */
  readonly followed: readonly FollowOutcome[];
}

export interface RunEvidence {
  /** Those of a job's earlier runs, which died, included. */
  readonly calls: readonly CallEvidence[];
  /** Empty for all. */
  readonly onlyPart: readonly number[];
  readonly startedAt: number;
  readonly endedAt: number;
  /** When its signal was aborted; undefined where it was not, or had ended by then. */
  readonly interruptedAt: number | undefined;
  /** A sentence where there is no report. */
  readonly report: UploadReport | string;
  /** As the server had them when the run ended, or when their client code was dropped before. By batch id. */
  readonly batches: ReadonlyMap<string, BatchRecord>;
}

export interface CallEvidence {
  readonly kind: 'submit' | 'status';
  readonly atMs: number;
  /** What left the client; undefined where no connection came about. */
  body: Uint8Array | undefined;
  /** Batches that the server took in because of it. */
  readonly batches: string[];
  /** Whether the client was told of success, whole and readable. */
  toldSuccess: boolean;
  /** When the client was told 503 or 429: its window for calls is closed from then on. */
  windowClosedAt: number | undefined;
}

/** As it begins. */
export function newCall(method: string, atMs: number): CallEvidence {
  const kind = method === 'POST' ? 'submit' : 'status';
  return { kind, atMs, body: undefined, batches: [], toldSuccess: false, windowClosedAt: undefined };
}

export function batchIdOf(link: string | undefined): string | undefined {
  return link === undefined ? undefined : (new URL(link).searchParams.get('batchId') ?? undefined);
}

export interface AcceptedEvidence {
  readonly client: string;
  readonly batchId: string;
  /** As it reached the server. */
  readonly body: Uint8Array;
}
