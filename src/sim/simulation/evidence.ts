/** What a simulation has seen, for the checkers: what was sent, what was said, and what the server says it holds. */
import type { BatchStatus, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { FollowOutcome, UploadReport } from '../../client/index.ts';
import type { Emulator } from '../../server/index.ts';
import type { Model } from '../model/index.ts';
import type { UploadStep } from './step.ts';

export interface Evidence {
  readonly server: Emulator;
  readonly model: Model;
  readonly now: number;
  readonly uploads: readonly UploadEvidence[];
  /** In the order of acceptance. */
  readonly accepted: readonly AcceptedEvidence[];
  readonly clients: readonly string[];
  /** Everybody who was met, by client code. */
  readonly ids: ReadonlyMap<string, readonly VisitorId[]>;
  /** Where the server, row by row, did otherwise than the model, or than the API's order allows. */
  readonly disagreements: readonly string[];
}

export interface UploadEvidence {
  readonly step: UploadStep;
  /** The first, and where that did not come to an end, the one that went on with it when the faults had stopped. */
  readonly runs: readonly RunEvidence[];
  /** Of links whose end no run has seen. */
  readonly followed: readonly FollowOutcome[];
}

export interface RunEvidence {
  readonly calls: readonly CallEvidence[];
  readonly fromPart: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** A sentence where there is no report. */
  readonly report: UploadReport | string;
  /** As the server had them when the run ended. */
  readonly statuses: ReadonlyMap<string, BatchStatus>;
}

export interface CallEvidence {
  readonly kind: 'submit' | 'status';
  /** What left the client; undefined where no connection came about. */
  body: Uint8Array | undefined;
  /** Batches that the server took in because of it. */
  readonly batches: string[];
  /** Whether the client was told of success, whole and readable. */
  toldSuccess: boolean;
  /** When the client was told 503: its window for calls is closed from then on. */
  told503At: number | undefined;
}

export interface AcceptedEvidence {
  readonly client: string;
  readonly batchId: string;
  /** As it reached the server. */
  readonly body: Uint8Array;
}

/** A sentence for a person where something is wrong. */
export type Checker = (evidence: Evidence) => string | undefined;
