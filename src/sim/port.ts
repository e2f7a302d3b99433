/** The system under test, whichever it is: the API as a CRM, a visitor and the control API see it. */
import type {
  Api,
  AttributeSource,
  BatchStatus,
  Counters,
  DiagnosticTally,
  KnownId,
  RowOutcome,
  RuleId,
  Settings,
  VisitorId,
} from '../protocol/vocabulary/index.ts';
import type { ModelAttribute, ModelVisit, ModelVisitResult, NamedValue } from './model/index.ts';

/** Laws, conformance cases and the simulation ask every system by these methods, and by no others. */
export interface Port {
  /** Milliseconds since 1970. */
  now(): number;
  /** Everybody's clock, or one client's own; applies nothing. */
  advance(ms: number, client?: string): void;
  /** Changes these readings and leaves the others. */
  writeSettings(client: string, changes: Partial<Settings>): Promise<void>;
  /** A request of the emulated API and its reply, byte for byte. */
  send(request: SentRequest): Promise<Reply>;
  submit(client: string, api: Api, file: Uint8Array): Promise<Submission>;
  /** Applies what waits for this client: one slice of it, or all. Tells which rows it took, in the order of batches. */
  apply(client: string, amount: 'slice' | 'all'): Promise<readonly AppliedRows[]>;
  visit(client: string, ids: VisitIds): Promise<VisitView>;
  /** A Delivery or an mbox call, as a server or a page makes it. */
  deliver(client: string, call: DeliveredCall): Promise<Delivery>;
  /** Forgets a visitor; false where there is no profile. */
  forget(client: string, id: KnownId): Promise<boolean>;
  /**
   * A single profile update; whether it found a profile is not said (sgl-update-only). Tells under which id it waits among
   * the batches, where it is not applied at once.
   */
  update(client: string, id: VisitorId, values: readonly AttributeValue[]): Promise<string | undefined>;
  /** Writes into the base layer of a profile, which is made where there is none. */
  seed(client: string, id: VisitorId, values: readonly AttributeValue[]): Promise<void>;
  /** Over the wire: what a fetch tells. Undefined for a 404. */
  fetch(client: string, id: KnownId): Promise<ProfileView | undefined>;
  /** The same from the inside: layers too. */
  profile(client: string, id: KnownId): Promise<StoredView | undefined>;
  /** In the order of acceptance. */
  batches(client: string): Promise<readonly BatchView[]>;
  /** Throws where there is no such batch. */
  batch(batchId: string): Promise<BatchView>;
  /** Every row consumed so far, by row number. */
  rows(batchId: string): Promise<readonly RowView[]>;
  dropClient(client: string): Promise<void>;
  /** Makes a source of customer attributes, or replaces what it was. */
  setSource(client: string, source: SourceView): Promise<void>;
  /** A file by hand, taken whole: the rule it failed by. */
  upload(client: string, alias: string, file: string): Promise<RuleId | undefined>;
}

export type SourceView = Pick<AttributeSource, 'alias' | 'name' | 'subscribed' | 'active'>;

export interface SentRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case; `host` chooses the host. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array | undefined;
}

export interface Reply {
  readonly status: number;
  /** The value of `x-emulator-cause`; undefined where the reply has none. */
  readonly cause: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

export type Submission =
  { readonly kind: 'accepted'; readonly batchId: string } | { readonly kind: 'rejected'; readonly rule: RuleId };

export interface AppliedRows {
  readonly batchId: string;
  /** Row numbers, ascending. */
  readonly rows: readonly number[];
}

export type VisitIds = Pick<ModelVisit, 'pcId' | 'thirdPartyId' | 'marketingCloudVisitorId'>;

/** `customerIds` all under one alias. */
export interface DeliveredCall {
  readonly via: 'delivery' | 'mbox';
  readonly ids: VisitIds;
  readonly customerIds: readonly { readonly id: string; readonly isAuthenticated: boolean }[];
  readonly values: readonly AttributeValue[];
}

export type Delivery =
  | { readonly kind: 'delivered'; readonly tntId: string; readonly note: RuleId | undefined }
  | { readonly kind: 'rejected'; readonly rule: RuleId };

export type VisitView = ModelVisitResult;

export type AttributeValue = NamedValue;

export interface ProfileView {
  readonly modifiedAt: number;
  /** By name: two systems may list them in different orders. */
  readonly attributes: readonly (AttributeValue & { readonly modifiedAt: number })[];
}

export interface StoredView extends ProfileView {
  readonly attributes: readonly Omit<ModelAttribute, 'by'>[];
  /** Customer attributes that have arrived, by name; undefined where there are none. */
  readonly customerAttributes?: ProfileView['attributes'] | undefined;
}

export interface BatchView extends Counters {
  readonly batchId: string;
  readonly api: Api;
  readonly status: BatchStatus;
  readonly diagnostics: readonly DiagnosticTally[];
}

export interface RowView {
  readonly row: number;
  /** Undefined once the body is evicted. */
  readonly id: string | undefined;
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  /** Undefined where the row as a whole is meant. */
  readonly column: number | undefined;
}
