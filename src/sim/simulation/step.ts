/** What happens in a simulation, as data: drawn from a seed, run in order, and left out one by one to find a short failure. */
import type { Api, Settings, VisitorId, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { GivenFaults } from '../../server/index.ts';
import type { AttributeValue, SourceView, VisitIds } from '../port.ts';

export type Step =
  | UploadStep
  | { readonly kind: 'wait'; readonly ms: number }
  /** The weather from here on: faults of one client code or of all, and how often the network fails a call. */
  | {
      readonly kind: 'weather';
      readonly client: string | undefined;
      readonly faults: GivenFaults;
      readonly networkTrouble: number;
    }
  | ({ readonly client: string } & (
      | { readonly kind: 'visit'; readonly ids: VisitIds }
      | { readonly kind: 'update' | 'seed'; readonly id: VisitorId; readonly values: readonly AttributeValue[] }
      | { readonly kind: 'source'; readonly source: SourceView }
      /** Of customer attributes, by a source that is there or is made for it; when all has ended `visitor` comes. */
      | { readonly kind: 'file'; readonly source: SourceView; readonly text: string; readonly visitor: string }
      /** The client code and all it owns go, whatever is under way. */
      | { readonly kind: 'drop' }
    ));

/** What becomes of a step, by its kind. */
export type Performing<Kind extends Step['kind'] = Step['kind']> = {
  readonly [Each in Kind]: (step: Extract<Step, { readonly kind: Each }>) => unknown;
};

/** Started, and not waited for. */
export interface UploadStep {
  readonly kind: 'upload';
  /** Its draws belong to it, whatever else is left out. */
  readonly number: number;
  readonly client: string;
  readonly api: Api;
  readonly idKind: VisitorIdKind;
  readonly columns: readonly string[];
  /** The id first, then a cell for each column. */
  readonly rows: readonly (readonly string[])[];
  readonly partRowsMax: number;
  readonly deadlineMs: number;
  /** Its signal is aborted after so long, and it is started again so much later, where it had stopped. */
  readonly interruption: { readonly afterMs: number; readonly againAfterMs: number } | undefined;
  /** Its process is killed at so many calls, before it hears the answer; its job is resumed so much later. */
  readonly kill: { readonly atCall: number; readonly isSent: boolean; readonly againAfterMs: number } | undefined;
}

/** What holds for a whole episode. */
export interface EpisodeSettings extends Pick<
  Settings,
  'consecutiveV2' | 'attributeRows' | 'attributeFiles' | 'attributesArrive'
> {
  readonly pace: 'immediate' | 'realistic';
  /** What the server applies in one step at most. */
  readonly sliceRowsMax: number;
}

/** One line, for a trace. */
export function stepText(step: Step): string {
  if (step.kind === 'wait') return `wait ${step.ms} ms`;
  if (step.kind === 'drop') return `${step.client} is dropped`;
  if (step.kind !== 'upload') {
    const { kind, client = 'all', ...what } = step;
    return `${kind} of ${client}: ${JSON.stringify(what)}`;
  }
  const { client, api, idKind, columns, rows, partRowsMax, deadlineMs, interruption, kill } = step;
  const table = [[idKind, ...columns], ...rows].map((cells) => cells.join(',')).join(' | ');
  const stopped =
    interruption &&
    `, stopped after ${interruption.afterMs} ms and started again ${interruption.againAfterMs} ms later`;
  const killed =
    kill &&
    `, killed ${kill.isSent ? 'after' : 'before'} call ${kill.atCall} and resumed ${kill.againAfterMs} ms later`;
  return `upload ${step.number} to ${client} by ${api}, ${partRowsMax} rows a part, deadline ${deadlineMs} ms${stopped ?? ''}${killed ?? ''}: ${table}`;
}
