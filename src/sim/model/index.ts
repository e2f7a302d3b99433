/** The model as the rest of `sim`, and its users, see it. */
export { createModel, type Model, type ModelBatch, type ModelSubmission } from './model.ts';
export type { ModelAttribute } from './profile.ts';
export type { ModelView, ModelVisit, ModelVisitResult } from './client.ts';
export type { RowResult } from './rows.ts';
export type { ModelRejection, NamedValue } from './batch-file.ts';
export type { Wire, WireOptions, WireReply, WireRequest } from './wire.ts';
