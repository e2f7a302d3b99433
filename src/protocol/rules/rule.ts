/** What a rule is: one sentence of the API, where it stands, how sure it is and, where something must be decided, how. */
import type { Position, Rejection, RuleId } from '../vocabulary/index.ts';

/** From Adobe's reference text down to our own choice; see docs/api/catalogue.md. */
type Confidence = 'documented' | 'release-note' | 'observed-by-client' | 'community' | 'inferred' | 'ours';

/** The parts of the API a rule speaks of. */
type Surface = 'v1' | 'v2' | 'status' | 'single-update' | 'fetch' | 'delivery' | 'token' | 'customer-attributes';

export interface Rule {
  readonly id: RuleId;
  /** One sentence, complete in itself. */
  readonly statement: string;
  /** The catalogue's source keys, or its question: `BULK; TT-B`, `Q19`. */
  readonly source: string;
  readonly confidence: Confidence;
  readonly versions: readonly Surface[];
  /** Where another document says otherwise. */
  readonly contradiction?: string;
  readonly note?: string;
  /** The setting that selects another reading. */
  readonly setting?: string;
  /** `false` for what the real service does and the emulator does not. */
  readonly emulated?: false;
  /** Of a rule that is ours and has no setting: why not. */
  readonly fixed?: string;
}

/** A rule with something to decide: `decide` is pure and is the only place where it is decided. */
export interface DecidingRule<Decide> extends Rule {
  readonly decide: Decide;
}

/** What a rule says of a request that it does not let in. */
export const refuse = (rule: RuleId, message: string, where?: Position): Rejection => ({
  kind: 'rejection',
  rule,
  message,
  ...(where && { where }),
});

/** Both bulk versions: the commonest `versions`. */
export const BULK = ['v1', 'v2'] as const;

/** Where a rule stands, how sure that makes it, and what it binds: both bulk versions unless said. */
const standing =
  (confidence: Confidence) =>
  (source: string, ...versions: readonly Surface[]) => ({
    source,
    confidence,
    versions: versions.length === 0 ? BULK : versions,
  });

export const documented = standing('documented');
export const releaseNote = standing('release-note');
export const observedByClient = standing('observed-by-client');
export const community = standing('community');
export const inferred = standing('inferred');
export const ours = standing('ours');
