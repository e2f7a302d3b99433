/** What happens in a simulation, as data: drawn from a seed, run in order, and left out one by one to find a short failure. */
import type { Api, Settings, VisitorId, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { GivenFaults } from '../../server/index.ts';
import type { AttributeValue, VisitIds } from '../port.ts';

export type Step =
  | UploadStep
  | { readonly kind: 'visit'; readonly client: string; readonly ids: VisitIds }
  | {
      readonly kind: 'update' | 'seed';
      readonly client: string;
      readonly id: VisitorId;
      readonly values: readonly AttributeValue[];
    }
  | { readonly kind: 'wait'; readonly ms: number }
  /** The weather from here on: faults of one client code or of all, and how often the network fails a call. */
  | {
      readonly kind: 'weather';
      readonly client: string | undefined;
      readonly faults: GivenFaults;
      readonly networkTrouble: number;
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
}

/** What holds for a whole episode. */
export interface EpisodeSettings {
  readonly pace: 'immediate' | 'realistic';
  readonly consecutiveV2: Settings['consecutiveV2'];
}

/** One line, for a trace. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case 'upload': {
      const { client, api, idKind, columns, rows, partRowsMax } = step;
      const table = [[idKind, ...columns], ...rows].map((cells) => cells.join(',')).join(' | ');
      return `upload ${step.number} to ${client} by ${api}, ${partRowsMax} rows a part, deadline ${step.deadlineMs} ms: ${table}`;
    }
    case 'visit':
      return `visit of ${step.client}: ${JSON.stringify(step.ids)}`;
    case 'update':
    case 'seed':
      return `${step.kind} of ${step.client}: ${step.id.kind} ${step.id.value} ${JSON.stringify(step.values)}`;
    case 'wait':
      return `wait ${step.ms} ms`;
    case 'weather':
      return `weather for ${step.client ?? 'all'}: network ${step.networkTrouble}, faults ${JSON.stringify(step.faults)}`;
  }
}
