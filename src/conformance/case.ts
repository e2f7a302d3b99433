/** What a conformance case is once its text has been read: prose, rule ids, and steps in order. */
import type { Api, RowOutcome, RuleId, Settings, VisitorId } from '../protocol/vocabulary/index.ts';

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

export type Step =
  | ClientStep
  | SettingsStep
  | SeedStep
  | RequestStep
  | VisitStep
  | AdvanceStep
  | ApplyStep
  | BatchStep
  | RowsStep
  | DiagnosticsStep
  | ProfileStep;

interface At {
  /** Line of the case's file, from 1. */
  readonly line: number;
}

/** The client code that the following steps speak of, where they are no requests. */
export interface ClientStep extends At {
  readonly kind: 'client';
  readonly client: string;
}

export interface SettingsStep extends At {
  readonly kind: 'settings';
  readonly settings: Partial<Settings>;
}

/** A profile that exists beforehand: base layer. */
export interface SeedStep extends At {
  readonly kind: 'seed';
  readonly id: VisitorId;
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

export interface RequestStep extends At {
  readonly kind: 'request';
  readonly method: string;
  /** With `{batchId}` and `{pcId}` still in it. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Made when asked for: some have 50 MiB. Undefined for a request without a body. */
  readonly body: (() => Uint8Array) | undefined;
  /** The body repeats something 100,000 times or more: not for targets that keep all of it as text. */
  readonly isLarge: boolean;
  /** How often it is sent; what is expected holds for every reply. */
  readonly repeat: number;
  /** What later steps call the batch that this submits. */
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

/** What an mbox call does to the profile store. */
export interface VisitStep extends At {
  readonly kind: 'visit';
  readonly pcId: string | undefined;
  readonly thirdPartyId: string | undefined;
  readonly expected: { readonly pcId?: string; readonly thirdPartyId?: string; readonly created?: boolean } | undefined;
}

export interface AdvanceStep extends At {
  readonly kind: 'advance';
  readonly ms: number;
}

/** `step` applies one slice of what is due; `drain` makes everything due and applies it. */
export interface ApplyStep extends At {
  readonly kind: 'step' | 'drain';
}

export interface BatchStep extends At {
  readonly kind: 'batch';
  readonly name: string;
  readonly expected: Partial<BatchFacts>;
}

export interface RowsStep extends At {
  readonly kind: 'rows';
  readonly name: string;
  /** Only rows of this outcome are compared. */
  readonly outcome: RowOutcome | undefined;
  readonly expected: readonly RowFacts[];
}

export interface DiagnosticsStep extends At {
  readonly kind: 'diagnostics';
  readonly name: string;
  readonly expected: readonly DiagnosticFacts[];
}

export interface ProfileStep extends At {
  readonly kind: 'profile';
  readonly id: VisitorId;
  /** undefined where there must be none. */
  readonly expected: readonly AttributeFacts[] | undefined;
}

/** A batch as the control API shows it. */
export interface BatchFacts {
  readonly api: Api;
  readonly status: string;
  readonly size: number;
  readonly consumed: number;
  readonly updated: number;
  readonly 'not-found': number;
  readonly failed: number;
  readonly ignored: number;
}

export interface RowFacts {
  readonly row: number;
  /** undefined where the case, or the target, does not say. */
  readonly id: string | undefined;
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly column: number | undefined;
}

export interface DiagnosticFacts {
  readonly rule: RuleId;
  readonly count: number;
  /** `row:column`, either of which may be missing; undefined where the case does not say. */
  readonly positions: readonly string[] | undefined;
}

export interface AttributeFacts {
  readonly layer: 'base' | 'pending';
  readonly name: string;
  readonly value: string;
}
