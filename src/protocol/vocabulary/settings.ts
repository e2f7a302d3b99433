/**
 * The readings: one setting for each place where the documents are silent or contradict each other.
 * Each names the rule that asks; its default is that of section 3 of the catalogue.
 */
import { PROFILE_LIFETIME_DAYS, SINGLE_UPDATES_PER_DAY } from './limits.ts';

export interface Settings {
  /** our-body-reading: the body is raw text, or a form parameter decoded before it is split. */
  readonly body: 'raw' | 'form';
  /** our-rejection-status: HTTP status of a batch refused in-band. */
  readonly rejectionStatus: 200 | 400;
  /** our-unknown-client: a client code nobody has used yet. */
  readonly unknownClients: 'create' | 'refuse';
  /** our-client-mismatch: `X.tt.omtrdc.net` asked for another client's path. */
  readonly clientMismatch: 'refuse' | 'path-wins' | 'host-wins';
  /** our-byte-order-mark: one BOM before `batch=`. */
  readonly byteOrderMark: 'tolerate' | 'refuse';
  /** our-surplus-cells: cells beyond the header row's columns. */
  readonly surplusCells: 'ignore' | 'fail';
  /** our-location-hint: whether `X` and `X.28_20` are one profile. */
  readonly locationHint: 'same-profile' | 'part-of-id';
  /** our-status-shape: the status reply as documented today, in 2020, in 2017, or in Test&Target's time. */
  readonly statusShape: 'current' | '2020' | '2017' | 'tt';
  /** v2-override-caveat: reading R3, R1 or R2 of consecutive v2 batches. */
  readonly consecutiveV2: 'replace-pending' | 'last-write-wins' | 'replace-record';
  /** key-3rd-len, key-3rd-chars: a thirdPartyId that no document allows. */
  readonly illegalIds: 'fail' | 'accept';
  /** our-rate-window: what the 50 calls a minute count. */
  readonly rateLimit: 'off' | 'submissions' | 'submissions-and-status';
  /** auth-optional: whether the account's calls need a token; `optional` judges one where it is sent. */
  readonly authentication: 'off' | 'optional' | 'required';
  /** our-size-boundary: what the 50 MB are that a batch file must be smaller than, 52,428,800 bytes or 50,000,000. */
  readonly sizeLimit: '50-mib' | '50-mb';
  /** our-link-host: whose name the status link carries. */
  readonly linkHost: 'own' | 'edge';
  /** mrg-customer-ids: whether the first authenticated customer id of a call stands as its thirdPartyId. */
  readonly customerIds: 'third-party-id' | 'ignore';
  /** mrg-sdk-hop: whose name Delivery replies give as `edgeHost`, and whether a new tntId has a location hint. */
  readonly edgeHost: 'own' | 'edge';
  /** our-empty-words: what is empty in a batch file beside a missing cell: nothing, `""`, or words for nothing as well. */
  readonly empties: 'missing' | 'quotes' | 'words';
  /** our-empty-only-counters: whether the API's own counters show ignored rows. */
  readonly ignoredRows: 'uncounted' | 'as-updated';
  /** body-ctype-form: what a batch may be sent as. */
  readonly contentTypes: 'any' | 'form';
  /** our-rate-window: whose calls are counted together. */
  readonly rateKey: 'client' | 'sender';
  /** fch-only-custom: whether a fetch shows system attributes. */
  readonly systemAttributes: 'hidden' | 'shown';
  /** mrg-memory: when the store has what a Delivery or mbox call says of its visitor, and a visitor whom it creates. */
  readonly sessionWrites: 'at-once' | 'after-30-minutes';
  /** our-lifetime-touch: what restarts a profile's lifetime. */
  readonly lifetimeRestartsOn: 'any-write' | 'visits';
  /** ca-types: what a row of customer attributes gets that breaks a rule. */
  readonly attributeRows: 'fail-file' | 'skip-row';
  /** ca-cadence: when a file of customer attributes is taken. */
  readonly attributeFiles: 'at-once' | 'half-hourly';
  /** ca-preload: when the attributes of a visitor who is seen for the first time arrive. */
  readonly attributesArrive: 'at-once' | 'after-20-minutes';
  /** ca-shows-fetch: whether a fetch shows customer attributes. */
  readonly attributesInFetch: 'hidden' | 'shown';
  /** ca-shows-response: whether Delivery replies carry customer attributes as response tokens. */
  readonly attributeTokens: 'off' | 'on';
  /** lim-single-rate: calls of a client code, at most the documented million. */
  readonly singleUpdatesPerDay: number;
  /** life-14d, in days from 1 to 90. */
  readonly profileLifetimeDays: number;
}

export const DEFAULT_SETTINGS: Settings = {
  body: 'raw',
  rejectionStatus: 200,
  unknownClients: 'create',
  clientMismatch: 'refuse',
  byteOrderMark: 'tolerate',
  surplusCells: 'ignore',
  locationHint: 'same-profile',
  statusShape: 'current',
  consecutiveV2: 'replace-pending',
  illegalIds: 'fail',
  rateLimit: 'off',
  authentication: 'off',
  sizeLimit: '50-mib',
  linkHost: 'own',
  customerIds: 'third-party-id',
  edgeHost: 'own',
  empties: 'missing',
  ignoredRows: 'uncounted',
  contentTypes: 'any',
  rateKey: 'client',
  systemAttributes: 'hidden',
  sessionWrites: 'at-once',
  lifetimeRestartsOn: 'any-write',
  attributeRows: 'fail-file',
  attributeFiles: 'at-once',
  attributesArrive: 'at-once',
  attributesInFetch: 'hidden',
  attributeTokens: 'off',
  singleUpdatesPerDay: SINGLE_UPDATES_PER_DAY,
  profileLifetimeDays: PROFILE_LIFETIME_DAYS,
};

/** `--mode strict`: every tolerance that the documents do not ask for is off, and of two bounds the stricter holds. */
export const STRICT_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  unknownClients: 'refuse',
  byteOrderMark: 'refuse',
  sizeLimit: '50-mb',
  rateLimit: 'submissions',
};
