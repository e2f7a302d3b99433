/** What `target-profile-emulator` exports. */
export { createEmulator } from './emulator.ts';
export type { EmulatorEvents, RefusedRequest } from './emulator-events.ts';
export type { PartProblem, ProblemPart } from './problems.ts';
export type { Emulator, EmulatorParts } from './emulator-interface.ts';
export type { EmulatorApp } from './http/emulator-app.ts';
export { faultSetSchema, type FaultSet, type GivenFaults } from './faults/fault-set.ts';
export { flipText, type FlipNote, type FlippedReadings } from './flipped-readings.ts';
export { inputIssues, type InputIssue } from './input-issues.ts';
export { type Expectation, VerificationError, type VerificationErrorCode } from './journal/expectation.ts';
export type { JournalEntry, JournalFilter, JournalPage, VisitorEntries } from './store/journal-entries.ts';
export { startEmulator, type RunningEmulator } from './listen/start-emulator.ts';
export {
  emulatorOptionsOf,
  emulatorOptionsSchema,
  execOptionsSchema,
  resolveOptions,
  serveOptionsSchema,
} from './options.ts';
export type { EmulatorOptions, ExecOptions, ResolvedOptions, ServeOptions } from './options.ts';
export type { ClientHandle } from './client-handle.ts';
export type { RowsQuery, WaitingFor } from './harness/batch-operations.ts';
export type { ClockChange } from './harness/clock-operations.ts';
export type { JournalQuery } from './harness/journal-operations.ts';
export type { PageQuery } from './harness/judged-fields.ts';
export type { VisitIds } from './harness/profile-operations.ts';
export { sourcesSchema, type GivenSource } from './harness/source-operations.ts';
export type { SeedProfile } from './harness/seed-profile.ts';
export type { GivenKnownId, GivenVisitorId } from './harness/visitor-ids.ts';
export type { SteeredClock } from './runtime/steered-clock.ts';
export type { Snapshot } from './snapshots.ts';
export type { CitedRule } from '../protocol/rules/index.ts';
export type {
  AttributeExplanation,
  ExpiredProfile,
  ExplainedProfile,
  OverriddenAttribute,
  ProfileExplanation,
} from './explain/explain-profile.ts';
export type { RowAnswer, RowExplanation, WrittenAttribute, WrittenBy } from './explain/explain-row.ts';
export type { CellExplanation } from './explain/read-cells.ts';
export { realClock, virtualClock, type Clock, type VirtualClock } from './runtime/clock.ts';
export { EmulatorError, type EmulatorErrorCode } from './runtime/emulator-error.ts';
export type {
  AttributeFile,
  BatchOverride,
  BatchRecord,
  OverriddenRow,
  RowRecord,
  StoredAttribute,
  StoredProfile,
  VisitResult,
} from './store/store.ts';
