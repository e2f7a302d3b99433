/** Every operation of the harness. Handles, control routes, OpenAPI, the reference and the command's questions derive from it. */
import { batchOperations } from './batch-operations.ts';
import { clientOperations } from './client-operations.ts';
import { clockOperations } from './clock-operations.ts';
import { compareOperations } from './compare-operations.ts';
import { explainOperations } from './explain-operations.ts';
import { faultOperations } from './fault-operations.ts';
import { journalOperations } from './journal-operations.ts';
import { profileOperations } from './profile-operations.ts';
import { sourceOperations } from './source-operations.ts';
import { stateOperations } from './state-operations.ts';
import { tokenOperations } from './token-operations.ts';

/** Named, so that declarations keep what is said of each. */
export type Operations = typeof stateOperations &
  typeof batchOperations &
  typeof clientOperations &
  typeof tokenOperations &
  typeof profileOperations &
  typeof explainOperations &
  typeof clockOperations &
  typeof compareOperations & {
    /** What goes wrong on purpose; see docs/faults.md. */
    readonly faults: typeof faultOperations;
    /** Customer attributes: sources, files, records; see docs/customer-attributes.md. */
    readonly customerAttributes: typeof sourceOperations;
    /** What was asked of the emulated API. */
    readonly journal: typeof journalOperations;
  };

export const OPERATIONS: Operations = {
  ...stateOperations,
  ...batchOperations,
  ...clientOperations,
  ...tokenOperations,
  ...profileOperations,
  ...explainOperations,
  ...clockOperations,
  ...compareOperations,
  faults: faultOperations,
  customerAttributes: sourceOperations,
  journal: journalOperations,
};
