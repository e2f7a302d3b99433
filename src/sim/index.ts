/** What `target-profile-emulator/sim` exports: the model, the generators, and the judge between two systems. */
export { disagreement } from './agreement.ts';
export type { Contest } from './agreement.ts';
export { emulatorPort } from './emulator-port.ts';
export { createModel } from './model/index.ts';
export type * from './model/index.ts';
export { modelPort } from './model-port.ts';
export type { ModelPort } from './model-port.ts';
export type * from './port.ts';
export { batchFile, SPELLINGS } from './workload/batch-file-text.ts';
export type { BatchFile, Cell, FileSpec, RowSpec, Spelling } from './workload/batch-file-text.ts';
export { fileSpec, validBatchFile } from './workload/batch-files.ts';
export type { BatchFileOptions } from './workload/batch-files.ts';
export { BREAKAGES, brokenBatchFile } from './workload/broken-batch-files.ts';
export type { Breakage, BrokenBatchFile } from './workload/broken-batch-files.ts';
export { attributeSequences, commandSequence } from './workload/commands.ts';
export type { Command } from './workload/commands.ts';
export { anySettings, describeSettings, READINGS, SETTINGS_COVER } from './workload/settings.ts';
export type { Reading } from './workload/settings.ts';
export {
  anyText,
  attributeName,
  attributeValue,
  hostileText,
  rowId,
  visitorId,
  visitorIdKind,
} from './workload/text.ts';
