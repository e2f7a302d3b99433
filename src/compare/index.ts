/** What `target-profile-emulator/compare` exports: one file through v1, through v2 and as customer attributes, and what differs. */
export { type CompareOptions, compareVersions, DIFFERENCES_MAX, type ReadingsOptions } from './compare-versions.ts';
export type { CompareInput, ReadingOptions } from './send-file.ts';
export type * from './comparison.ts';
