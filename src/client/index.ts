/** The uploader, as a library: `createUploader(options)` and everything its callers see. */
export {
  UPLOAD_DEFAULTS,
  inputOptionsSchema,
  uploadOptionsSchema,
  type InputOptions,
  type UploadOptions,
} from './upload-options.ts';

export * from './create-uploader.ts';
export * from './attributes/upload-attributes.ts';
export { attributesPlan } from './attributes/attributes-plan.ts';
export { type Progress, type RunOptions, type UploadEvent, uploadEvents } from './progress.ts';
export { type JobsPlace, openJobs } from './jobs/with-jobs.ts';
export type { JobPartSummary, JobSummary, Jobs } from './jobs/jobs.ts';
export type { UploaderDependencies } from './services.ts';
export {
  checkBatchFile,
  checkFile,
  checkInput,
  checkOptionsSchema,
  type CheckOptions,
  type CheckReport,
  type FileCheck,
} from './check/check-file.ts';
export type { Clock } from './runtime/clock.ts';
export type { Transport, TransportInit, TransportReply } from './runtime/http-transport.ts';
export type { Chunks, OneSource, UploadSource } from './read/open-input.ts';
export type { InputFormat } from './read/open-table.ts';
export type { InputProblem, InputProblemCode, ProblemTally } from './read/input-problem.ts';
export type { InputWarning, WarningCode, WarningPlace } from './plan/input-warning.ts';
export type { PlannedColumn, PlannedPart, UploadPlan } from './plan/upload-plan.ts';
export type * from './report/upload-report.ts';
export { followLink, type FollowOptions, type FollowOutcome, type StatusReading } from './follow/follow-links.ts';
export { UploadError, isUploadError, type UploadErrorCode } from './upload-error.ts';
