/** Whatever a case can be run against: what it can do, and what it can show. */
import type { Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import type { AttributeFacts, BatchFacts, ConformanceCase, DiagnosticFacts, RowFacts, Step } from './case.ts';

export interface Target {
  readonly name: string;
  /**
   * Why this target cannot take a step of this case; undefined where it can. A step that changes something and cannot
   * be taken skips the whole case; one that only looks is left out.
   */
  cannot(step: Step, conformanceCase: ConformanceCase): string | undefined;
  /** Whether anything that the step expects can be compared; asked only of steps that can be taken. */
  shows(step: Step): boolean;
  /** Why the case's options cannot be had. */
  cannotHave(options: ConformanceCase['options']): string | undefined;
  /** A place where none of the case's client codes exists. */
  open(conformanceCase: ConformanceCase): Promise<Session>;
}

/** One case on one target. */
export interface Session {
  /** undefined where the target's clock is its own. */
  readonly startedAt: number | undefined;
  /** Host and port of links, for a request that named no host of its own. */
  readonly authority: string;
  writeSettings(client: string, settings: Partial<Settings>): Promise<void>;
  seed(client: string, id: VisitorId, attributes: readonly (readonly [string, string])[]): Promise<void>;
  send(request: SentRequest): Promise<Reply>;
  visit(client: string, ids: { pcId: string | undefined; thirdPartyId: string | undefined }): Promise<VisitFacts>;
  advance(ms: number): Promise<void>;
  step(): Promise<void>;
  drain(): Promise<void>;
  batch(batchId: string): Promise<BatchFacts>;
  /** All rows consumed so far, by row number. */
  rows(batchId: string): Promise<readonly RowFacts[]>;
  diagnostics(batchId: string): Promise<readonly DiagnosticFacts[]>;
  profile(client: string, id: VisitorId): Promise<readonly ShownAttribute[] | undefined>;
  close(): Promise<void>;
}

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
}

/** What a target cannot show is undefined, and not compared. */
export interface Reply {
  readonly status: number | undefined;
  /** 'none' where a reply has no cause. */
  readonly cause: string | undefined;
  /** One character for each byte. */
  readonly body: string | undefined;
  readonly headers: ReadonlyMap<string, string> | undefined;
  /** The batch that the request submitted, where the target knows without reading the body. */
  readonly batchId?: string;
}

export interface VisitFacts {
  readonly pcId: string;
  readonly thirdPartyId: string | undefined;
  readonly created: boolean;
}

export interface ShownAttribute extends Omit<AttributeFacts, 'layer'> {
  readonly layer: AttributeFacts['layer'] | undefined;
}
