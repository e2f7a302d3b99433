/** What `target-profile-emulator/compare` exports: one file through v1, through v2 and as customer attributes, and what differs. */
export { compareVersions, DIFFERENCES_MAX } from './compare-versions.ts';
export type { CompareOptions, ReadingsOptions } from './compare-versions.ts';
export type { CompareInput, ReadingOptions } from './send-file.ts';
export type {
  AttributeDifference,
  Comparison,
  ComparisonProgress,
  ComparisonResult,
  EachWay,
  FileRefused,
  Listed,
  OutcomeCount,
  ProfileDifference,
  Refusal,
  RowDifference,
  RowResult,
  Trait,
  Way,
} from './comparison.ts';
