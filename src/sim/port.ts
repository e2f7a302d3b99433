/** What the model and the emulator have in common: the API as a visitor, a CRM and the control API see it. */
import type {
  Api,
  BatchStatus,
  Counters,
  RowOutcome,
  RuleId,
  Settings,
  VisitorId,
} from '../protocol/vocabulary/index.ts';

export interface Port {
  now(): number;
  advance(ms: number): void;
  writeSettings(client: string, settings: Settings): Promise<void>;
  submit(client: string, api: Api, file: Uint8Array): Promise<Submission>;
  /** Applies what waits for this client: one slice of it, or all. Tells which rows it took, in the order of batches. */
  apply(client: string, amount: 'slice' | 'all'): Promise<readonly AppliedRows[]>;
  visit(client: string, ids: VisitIds): Promise<VisitView>;
  /** A single profile update; whether it found a profile is not said (sgl-update-only). */
  update(client: string, id: VisitorId, values: readonly AttributeValue[]): Promise<void>;
  seed(client: string, id: VisitorId, values: readonly AttributeValue[]): Promise<void>;
  /** Over the wire: what a fetch tells. Undefined for a 404. */
  fetch(client: string, id: VisitorId): Promise<ProfileView | undefined>;
  /** The same from the inside: layers too. */
  profile(client: string, id: VisitorId): Promise<StoredView | undefined>;
  /** In the order of acceptance, with every row consumed so far. */
  batches(client: string): Promise<readonly BatchView[]>;
  dropClient(client: string): Promise<void>;
}

export type Submission =
  { readonly kind: 'accepted'; readonly batchId: string } | { readonly kind: 'rejected'; readonly rule: RuleId };

export interface AppliedRows {
  readonly batchId: string;
  /** Row numbers, ascending. */
  readonly rows: readonly number[];
}

export interface VisitIds {
  readonly pcId: string | undefined;
  readonly thirdPartyId: string | undefined;
}

export interface VisitView {
  readonly pcId: string;
  readonly created: boolean;
}

export interface AttributeValue {
  readonly name: string;
  readonly value: string;
}

export interface ProfileView {
  readonly modifiedAt: number;
  /** By name: two systems may list them in different orders. */
  readonly attributes: readonly (AttributeValue & { readonly modifiedAt: number })[];
}

export interface StoredView extends ProfileView {
  readonly attributes: readonly (AttributeValue & {
    readonly modifiedAt: number;
    readonly layer: 'base' | 'pending';
  })[];
}

export interface BatchView extends Counters {
  readonly batchId: string;
  readonly status: BatchStatus;
  readonly rows: readonly RowView[];
  /** How often each rule was noted. */
  readonly notes: Readonly<Record<string, number>>;
}

export interface RowView {
  readonly row: number;
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  /** Undefined where the row as a whole is meant. */
  readonly column: number | undefined;
}

/** By name, then by layer, so that two systems can be compared. */
export function sortedByName<Item extends AttributeValue>(attributes: readonly Item[]): readonly Item[] {
  return [...attributes].toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}
