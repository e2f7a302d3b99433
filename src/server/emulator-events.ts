/** What an emulator tells its owner as it happens. */
import { inspect } from 'node:util';
import type { PartProblem } from './problems.ts';
import type { AttributeFile, BatchRecord, Reader } from './store/store.ts';

/** A request that was not served as its sender meant it. */
export interface RefusedRequest {
  readonly at: number;
  readonly method: string;
  /** Path and query, secrets blotted out; of CONNECT the host and port. */
  readonly target: string;
  readonly client: string | undefined;
  /** Undefined where no reply was sent, and of SFTP. */
  readonly status: number | undefined;
  /** As in `x-emulator-cause`; undefined where the emulator itself refused. */
  readonly cause: string | undefined;
  /** What happened, and what helps. */
  readonly reason: string;
}

/** Called as things happen; what they throw is not caught. */
export interface EmulatorEvents {
  batchAccepted?(batch: BatchRecord): void;
  batchCompleted?(batch: BatchRecord): void;
  /** A file of customer attributes was processed, or has failed. */
  fileEnded?(file: AttributeFile): void;
  /** A request was refused, met a fault, was a single update, or taken with a warning; also whoever speaks something else than HTTP, or asks for a foreign tunnel. */
  refused?(request: RefusedRequest): void;
  /** An unexpected throw was answered with 500 and `bug/<id>`; without this event its stack goes to stderr. */
  bug?(id: string, error: unknown): void;
  /** Something does not work and is survived, or works again. Without this event it goes to stderr. */
  problem?(problem: PartProblem): void;
  /** A step failed: nothing is applied any more. Without this event it goes to stderr. */
  failure?(error: unknown): void;
}

/** The same, told by batch ids: a batch is read only where somebody listens. */
export function tellingEvents(on: EmulatorEvents, reader: Pick<Reader, 'batch'>) {
  const tell = (event: 'batchAccepted' | 'batchCompleted', batchIds: readonly string[]) => {
    for (const batchId of on[event] === undefined ? [] : batchIds) {
      const batch = reader.batch(batchId);
      if (batch !== undefined) on[event]?.(batch);
    }
  };
  return {
    accepted: (batchId: string) => tell('batchAccepted', [batchId]),
    completed: (batchIds: readonly string[]) => tell('batchCompleted', batchIds),
    fileEnded: (file: AttributeFile) => on.fileEnded?.(file),
    refused: on.refused && ((request: RefusedRequest) => on.refused?.(request)),
    bug: (id: string, error: unknown) => (on.bug ? on.bug(id, error) : complain(`bug/${id}`, error)),
    problem: (problem: PartProblem) =>
      on.problem ? on.problem(problem) : complain(`${problem.part}: ${problem.message}`),
    failure: (error: unknown) =>
      on.failure ? on.failure(error) : complain('a step failed, nothing is applied any more', error),
  };
}

function complain(what: string, error?: unknown): void {
  const details = error === undefined ? '' : `${inspect(error)}\n`;
  process.stderr.write(`target-profile-emulator: ${what}\n${details}`);
}
