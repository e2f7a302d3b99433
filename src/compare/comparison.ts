/** What a comparison comes to: how each way to bring data treated each row, and how the profiles differ afterwards. */
import type { ProblemTally, InputRefused } from '../client/index.ts';
import type { Api, Counters, FileFault, RowOutcome, RuleId } from '../protocol/vocabulary/index.ts';
import type { CitedRule } from '../protocol/rules/index.ts';

/** The two versions of the bulk API, and beside them customer attributes. */
export type Way = Api | 'customerAttributes';

/** Without `customerAttributes` where the file cannot be brought that way (`Comparison.attributesRefused`). */
export type EachWay<Told> = Readonly<Record<Api, Told> & { customerAttributes?: Told }>;

export type ComparisonResult = Comparison | InputRefused | FileRefused;

export interface Comparison {
  readonly kind: 'comparison';
  /** As the file is called. */
  readonly input: string;
  /** A ready batch file is posted as it is; an export goes through the uploader. */
  readonly sent: 'batch-file' | 'upload';
  /** Profiles that every store began with. */
  readonly seeded: number;
  /** Data rows sent. */
  readonly rows: number;
  /** Rows of an export that the uploader left out (`onProblem: 'skip'`), with their problems. */
  readonly skippedRows: number;
  readonly problems: ProblemTally | undefined;
  /** Whether any row's outcome or any profile differs. */
  readonly different: boolean;
  readonly outcomes: EachWay<readonly OutcomeCount[]>;
  /** Why the file cannot be brought as customer attributes, where it cannot. */
  readonly attributesRefused: FileFault | undefined;
  /** What sets the ways apart whatever the file is, each with the rule that says so. */
  readonly traits: readonly Trait[];
  readonly differingRows: Listed<RowDifference>;
  readonly differingProfiles: Listed<ProfileDifference>;
  /** Profiles whose values v2 holds as pending: v2-override-caveat tells what becomes of these. */
  readonly pendingProfiles: number;
  /** Rows whose profiles were not compared, because the emulator let go of their body: beyond about 60 MB of input. */
  readonly rowsNotCompared: number;
  /** What was worth knowing and changed no answer. */
  readonly diagnostics: Readonly<Record<Api, readonly { readonly rule: RuleId; readonly count: number }[]>>;
  /** Every rule named above, with its sentence and source. */
  readonly rules: readonly CitedRule[];
}

/** How far a comparison is: one side after the other, each with nothing in it until its file is sent. */
export interface ComparisonProgress {
  readonly input: string;
  readonly sides: readonly ({ readonly api: Way } & Omit<Counters, 'ignoredRows'>)[];
}

/** All counted, the first ones listed. */
export interface Listed<Item> {
  readonly count: number;
  readonly first: readonly Item[];
}

export interface OutcomeCount {
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly count: number;
}

export interface RowResult extends Omit<OutcomeCount, 'count'> {
  readonly message: string;
}

export interface Trait {
  readonly question: string;
  readonly answers: Readonly<Record<Way, { readonly says: string; readonly rule: RuleId }>>;
}

export interface RowDifference extends EachWay<RowResult> {
  /** The batch it was sent in, from 1: an export beyond the limits makes several. */
  readonly part: number;
  /** Data row of that part, from 1. */
  readonly row: number;
  readonly id: string | null;
}

export interface ProfileDifference {
  readonly id: string;
  /** The ways that have something of the visitor at all: a profile, or a record that waits for it. */
  readonly exists: EachWay<boolean>;
  readonly attributes: readonly AttributeDifference[];
}

/** `null` where that way holds no such attribute. */
export interface AttributeDifference extends EachWay<string | null> {
  readonly name: string;
  /** The rule behind each side: of who wrote the attribute, else of the last row for that profile. */
  readonly rules: EachWay<RuleId | null>;
}

/** The API would refuse the whole file; nothing was applied by the version that refuses. */
export interface FileRefused {
  readonly kind: 'file-refused';
  readonly input: string;
  readonly refusals: readonly Refusal[];
}

export interface Refusal {
  readonly api: Api;
  readonly rule: string | undefined;
  readonly message: string;
}
