/** The uploader, as a library: `createUploader(options)` and everything its callers see. */
export {
  UPLOAD_DEFAULTS,
  inputOptionsSchema,
  uploadOptionsSchema,
  type InputOptions,
  type UploadOptions,
} from './upload-options.ts';
export { checkInput, checkOptionsSchema, type CheckOptions, checkFile, type FileCheck } from './check/check-file.ts';
export {
  createUploader,
  type ResumeOptions,
  resumeUpload,
  type Uploader,
  type UploaderOptions,
} from './create-uploader.ts';
export {
  resumeAttributes,
  uploadAttributes,
  type AttributesOptions,
  type AttributesReport,
  type ResumeAttributesOptions,
} from './attributes/upload-attributes.ts';
export { attributesPlan } from './attributes/attributes-plan.ts';
export { uploadEvents, type UploadEvent } from './upload-events.ts';
export { type JobsPlace, openJobs } from './jobs/with-jobs.ts';
export type { JobPartSummary, JobSummary, Jobs } from './jobs/jobs.ts';
export type { UploaderDependencies } from './services.ts';
export { followLink, type FollowOptions } from './follow/follow-link.ts';
export { checkBatchFile, type CheckReport } from './check/check-batch-file.ts';
export type { Progress, RunOptions } from './progress.ts';
export type { Clock } from './runtime/clock.ts';
export type { Transport, TransportInit, TransportReply } from './send/transport.ts';
export type { Chunks, OneSource, UploadSource } from './read/upload-source.ts';
export type { InputFormat } from './read/open-table.ts';
export type { InputProblem, InputProblemCode, ProblemTally } from './read/input-problem.ts';
export type { InputWarning, WarningCode, WarningPlace } from './plan/input-warning.ts';
export type { PlannedColumn, PlannedPart, UploadPlan } from './plan/upload-plan.ts';
export type {
  InputRefused,
  PartCounts,
  PartReport,
  PartState,
  UploadReport,
  UploadResult,
  UploadState,
  Verification,
} from './report/upload-report.ts';
export type { FollowOutcome, StatusReading } from './follow/follow-links.ts';
export { UploadError, isUploadError, type UploadErrorCode } from './upload-error.ts';
