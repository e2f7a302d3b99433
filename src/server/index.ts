/** What `target-profile-emulator` exports. */
export { createEmulator } from './emulator.ts';
export type { Emulator, EmulatorEvents, EmulatorParts, SeedProfile } from './emulator.ts';
export type { FaultHandle, JournalHandle } from './emulator.ts';
export { faultSetSchema } from './faults/fault-set.ts';
export type { FaultSet, GivenFaults } from './faults/fault-set.ts';
export { inputIssues } from './input-issues.ts';
export type { InputIssue } from './input-issues.ts';
export type { Expectation } from './journal/expectation.ts';
export { VerificationError } from './journal/verification-error.ts';
export type { VerificationErrorCode } from './journal/verification-error.ts';
export type { JournalEntry, JournalFilter, JournalPage } from './store/journal-entries.ts';
export { startEmulator } from './listen/start-emulator.ts';
export type { RunningEmulator } from './listen/start-emulator.ts';
export {
  emulatorOptionsOf,
  emulatorOptionsSchema,
  execOptionsSchema,
  resolveOptions,
  serveOptionsSchema,
} from './options.ts';
export type { EmulatorOptions, ExecOptions, ResolvedOptions, ServeOptions } from './options.ts';
export type { ClientFaults, ClientHandle, ClientJournal } from './client-handle.ts';
export type { SteeredClock } from './runtime/steered-clock.ts';
export type { Snapshot } from './snapshots.ts';
export type { CitedRule } from '../protocol/rules/cited-rules.ts';
export type {
  AttributeExplanation,
  ExpiredProfile,
  ExplainedProfile,
  OverriddenAttribute,
  ProfileExplanation,
} from './explain/explain-profile.ts';
export type { RowAnswer, RowExplanation, WrittenAttribute, WrittenBy } from './explain/explain-row.ts';
export type { CellExplanation } from './explain/read-cells.ts';
export { realClock, virtualClock } from './runtime/clock.ts';
export type { Clock, VirtualClock } from './runtime/clock.ts';
export { EmulatorError } from './runtime/emulator-error.ts';
export type { EmulatorErrorCode } from './runtime/emulator-error.ts';
export type { BatchOverride, OverriddenRow } from './store/store.ts';
export type { BatchRecord, RowRecord, StoredAttribute, StoredProfile, VisitResult } from './store/store.ts';
