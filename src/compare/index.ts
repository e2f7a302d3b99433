/** What `target-profile-emulator/compare` exports: one file through v1 and through v2, and what differs. */
export { compareVersions, DIFFERENCES_MAX } from './compare-versions.ts';
export type { CompareOptions, ReadingsOptions } from './compare-versions.ts';
export type { CompareInput } from './compare-input.ts';
export type { ReadingOptions } from './send-file.ts';
export type {
  AttributeDifference,
  Comparison,
  ComparisonProgress,
  ComparisonResult,
  FileRefused,
  Listed,
  OutcomeCount,
  ProfileDifference,
  Refusal,
  RowDifference,
  RowResult,
} from './comparison.ts';
