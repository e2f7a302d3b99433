/** What `target-profile-emulator/sim` exports: the model, the generators, and the judge between two systems. */
export { type Contest, disagreement } from './agreement.ts';
export { emulatorPort } from './emulator-port.ts';
export { createModel } from './model/index.ts';
export type * from './model/index.ts';
export { type ModelPort, modelPort } from './model-port.ts';
export type * from './port.ts';
export { batchFile, fileSpec, SPELLINGS, validBatchFile } from './workload/batch-files.ts';
export type { BatchFile, BatchFileOptions, Cell, FileSpec, RowSpec, Spelling } from './workload/batch-files.ts';
export { type Breakage, BREAKAGES, type BrokenBatchFile, brokenBatchFile } from './workload/broken-batch-files.ts';
export { attributeSequences, type Command, commandSequence } from './workload/commands.ts';
export { anySettings, describeSettings, type Reading, READINGS, SETTINGS_COVER } from './workload/settings.ts';
export {
  anyText,
  attributeName,
  attributeValue,
  hostileText,
  rowId,
  visitorId,
  visitorIdKind,
} from './workload/text.ts';
