/** What an emulator tells its owner as it happens. */
import { inspect } from 'node:util';
import type { PartProblem } from './problems.ts';
import type { BatchRecord, Reader } from './store/store.ts';

/** Called as things happen; what they throw is not caught. */
export interface EmulatorEvents {
  batchAccepted?(batch: BatchRecord): void;
  batchCompleted?(batch: BatchRecord): void;
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
    bug(id: string, error: unknown) {
      if (on.bug === undefined) complain(`bug/${id}`, error);
      else on.bug(id, error);
    },
    problem(problem: PartProblem) {
      if (on.problem === undefined) complain(`${problem.part}: ${problem.message}`);
      else on.problem(problem);
    },
    failure(error: unknown) {
      if (on.failure === undefined) complain('a step failed, nothing is applied any more', error);
      else on.failure(error);
    },
  };
}

function complain(what: string, error?: unknown): void {
  const details = error === undefined ? '' : `${inspect(error)}\n`;
  process.stderr.write(`target-profile-emulator: ${what}\n${details}`);
}
