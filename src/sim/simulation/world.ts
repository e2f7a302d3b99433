/** An episode: its time, who is tried, the weather, and what has happened, for the checkers and in numbers. */
import type { FollowOutcome, Jobs, Uploader, UploaderOptions, UploadReport } from '../../client/index.ts';
import type { Api, RuleId, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator } from '../../server/index.ts';
import type { Model } from '../model/index.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { UploadStep } from './step.ts';

export interface World {
  readonly seed: number;
  readonly time: SimulatedTime;
  readonly server: Emulator;
  readonly model: Model;
  readonly createClient: (options: UploaderOptions) => Uploader;
  /** Of uploads that are killed and resumed: one record, and one budget for each client code. */
  readonly jobs: Jobs;
  /** Chance that something happens to a call. */
  networkTrouble: number;
  /** What the network has just handed to the server. */
  delivery: { readonly call: CallEvidence; readonly body: Uint8Array; readonly api: Api } | undefined;
  readonly uploads: UploadEvidence[];
  /** By id, in the order of acceptance. */
  readonly accepted: string[];
  /** Batches that went with their client code, as they were then, by batch id. */
  readonly dropped: Map<string, BatchRecord>;
  /** Every visitor that was met, by client code. */
  readonly ids: Map<string, VisitorId[]>;
  /** Of customer attributes, by sequence. */
  readonly files: Map<number, FileEvidence>;
  /** Where the server, row by row, did otherwise than the model, or than the API's order allows. */
  readonly disagreements: string[];
  readonly tally: Tally;
  readonly log: (line: string) => void;
}

export interface FileEvidence {
  readonly client: string;
  readonly text: string;
  /** Who comes when all has ended, for what it says of them. */
  readonly visitor: string;
  /** By which it fails, in the model; `none` where it is processed, undefined where the server has not said that it has ended. */
  rule: RuleId | 'none' | undefined;
  /** It went with its client code. */
  isDropped: boolean;
}

/** The batches that a server holds, of every client code that was met. */
export const heldBatches = ({ server, ids }: World): readonly BatchRecord[] =>
  [...ids.keys()].flatMap((client) => server.batches(client));

export interface UploadEvidence {
  readonly step: UploadStep;
  /** The first; the one that went on where that was interrupted; the one that went on when the faults had stopped. */
  readonly runs: RunEvidence[];
  /** Of links whose end no run has seen. */
  readonly followed: FollowOutcome[];
  /** Of all runs of its job. */
  readonly jobCalls: CallEvidence[];
  job: string | undefined;
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

/** The bodies that a run submitted, each once, in the order of its parts, with the calls that carried it. */
export function distinctBodies(calls: readonly CallEvidence[]) {
  const sent = calls.flatMap((call) => (call.kind === 'submit' && call.body ? { body: call.body, call } : []));
  const alike = Map.groupBy(sent, ({ body }) => Buffer.from(body).toString('latin1'));
  return Array.from(alike.values(), (same) => ({ body: same[0]!.body, calls: same.map(({ call }) => call) }));
}

export const batchIdOf = (link = ''): string | undefined => /[?&]batchId=([^&]+)/.exec(link)?.[1];

export type Tally = ReturnType<typeof newTally>;

/** `uploads` by the state of their report, `files` by how they ended, `dropped`: batches that went with their client code. */
export function newTally() {
  const none = (): Record<string, number> => ({});
  return { uploads: none(), faults: none(), files: none(), calls: 0, batches: 0, dropped: 0, rows: 0 };
}

export function count(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

export function addTally(sum: Tally, more: Tally): void {
  for (const kind of ['uploads', 'faults', 'files'] as const)
    for (const [name, times] of Object.entries(more[kind])) count(sum[kind], name, times);
  for (const kind of ['calls', 'batches', 'dropped', 'rows'] as const) sum[kind] += more[kind];
}
