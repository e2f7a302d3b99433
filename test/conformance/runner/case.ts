/** What a conformance case is once its text has been read: prose, rule ids, and steps in order. */
import type { RowOutcome, RuleId, Settings, VisitorId } from '../../../src/protocol/vocabulary/index.ts';
import type { AttributeValue, SentRequest, VisitIds } from '../../../src/sim/index.ts';

export interface ConformanceCase {
  /** As given to the parser, for messages. */
  readonly file: string;
  readonly title: string;
  /** Why, and which sentence of which document. */
  readonly prose: string;
  /** What the case proves. Never empty. */
  readonly rules: readonly RuleId[];
  /** Options of the emulator itself, such as `pace=realistic`; empty for most cases. */
  readonly options: Readonly<Record<string, string>>;
  /** The client's readings, set before the first step. */
  readonly settings: Partial<Settings>;
  readonly steps: readonly Step[];
}

/** `line` is that of the case's file, from 1. `name` is what the case calls the batch. */
export type Step = { readonly line: number } & (
  | { readonly kind: 'client'; readonly client: string }
  | { readonly kind: 'settings'; readonly settings: Partial<Settings> }
  | { readonly kind: 'seed'; readonly id: VisitorId; readonly attributes: readonly AttributeValue[] }
  | ({ readonly kind: 'request' } & RequestFacts)
  | { readonly kind: 'visit'; readonly ids: VisitIds; readonly expected?: Readonly<Record<string, string | boolean>> }
  /** `expected` is `processed`, or `failed` and the rule. */
  | { readonly kind: 'upload'; readonly alias: string; readonly file: string; readonly expected: string }
  | { readonly kind: 'advance'; readonly ms: number }
  /** `step` applies one slice of what is due; `drain` makes everything due and applies it. */
  | { readonly kind: 'step' | 'drain' }
  | { readonly kind: 'batch'; readonly name: string; readonly expected: Readonly<Record<string, string | number>> }
  /** Lines as `rowText` and `diagnosticText` write them. With an outcome, only its rows are compared. */
  | {
      readonly kind: 'rows';
      readonly name: string;
      readonly outcome: RowOutcome | undefined;
      readonly expected: readonly string[];
    }
  | { readonly kind: 'diagnostics'; readonly name: string; readonly expected: readonly string[] }
  | { readonly kind: 'profile'; readonly id: VisitorId; readonly expected: readonly LayeredValue[] | 'none' }
);

export interface RequestFacts {
  /** The path with `{batchId}` and `{pcId}` still in it; the body is made when asked for, as some have 50 MiB. */
  readonly request: Omit<SentRequest, 'body'> & { readonly body: (() => Uint8Array) | undefined };
  /** The body repeats something 100,000 times or more: not for targets that keep all of it as text. */
  readonly isLarge: boolean;
  /** How often it is sent; what is expected holds for every reply. */
  readonly repeat: number;
  readonly name: string;
  readonly expected: ExpectedReply;
}

export interface ExpectedReply {
  readonly status?: number;
  /** The value of `x-emulator-cause`; 'none' for no such header. */
  readonly cause?: string;
  /** A template: see `reply-template.ts`. */
  readonly body?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface LayeredValue extends AttributeValue {
  readonly layer: 'base' | 'pending';
}

/** Whether a step can fail. */
export function expectsSomething(step: Step): boolean {
  if (step.kind === 'request') return Object.values(step.expected).flat().length > 0;
  return 'expected' in step;
}
