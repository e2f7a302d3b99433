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
import { ruleOperations } from './rule-operations.ts';
import { stateOperations } from './state-operations.ts';
import { tokenOperations } from './token-operations.ts';

type Tokens = typeof tokenOperations;
type State = typeof stateOperations;
type Batches = typeof batchOperations;
type Clients = typeof clientOperations;
type Profiles = typeof profileOperations;
type Explanations = typeof explainOperations;
type Time = typeof clockOperations;
type Rules = typeof ruleOperations;
type Comparing = typeof compareOperations;

/** Named, so that declarations keep what is said of each. */
export type Operations = State &
  Batches &
  Clients &
  Tokens &
  Profiles &
  Explanations &
  Time &
  Rules &
  Comparing & {
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
  ...ruleOperations,
  ...compareOperations,
  faults: faultOperations,
  customerAttributes: sourceOperations,
  journal: journalOperations,
};
