/** The same store twice, one file sent to v1 and to v2: what became of each row and of each attribute, and why. */
import { citedRules } from '../protocol/rules/cited-rules.ts';
import type { Api } from '../protocol/vocabulary/index.ts';
import { createEmulator, type BatchRecord, type EmulatorOptions, type SeedProfile } from '../server/index.ts';
import { compareProfiles } from './compare-profiles.ts';
import { compareRows } from './compare-rows.ts';
import { assertInput, type CompareInput, inputName, isBatchFile } from './compare-input.ts';
import type { Comparison, ComparisonProgress, ComparisonResult } from './comparison.ts';
import { type ReadingOptions, type Sent, sendFile } from './send-file.ts';

/** The readings that change what a file does; see the emulator. */
export type ReadingsOptions = Pick<
  EmulatorOptions,
  'body' | 'byteOrderMark' | 'surplusCells' | 'locationHint' | 'consecutiveV2' | 'illegalIds'
>;

export interface CompareOptions extends ReadingOptions {
  /** What both stores begin with, in the base layer. Default: nothing. */
  readonly profiles?: readonly SeedProfile[];
  readonly readings?: ReadingsOptions;
  /** Differing rows, and differing profiles, listed one by one; all are counted. Default 100. */
  readonly differencesMax?: number;
  /** Is given, once, what tells how far the comparison is, whenever that is asked. */
  readonly watched?: (progress: () => ComparisonProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Keeps everything in memory and leaves nothing behind; the same input gives the same result every time. Holds one entry for
 * each id of the file. Defaults are those of `CompareOptions`.
 *
 * @throws `options-invalid`, `input-unreadable` or `interrupted` of `/client`.
 *
 * @example
 * const result = await compareVersions('crm.csv', { idColumn: 'customer_id' });
 * if (result.kind === 'comparison') console.log(result.differingRows.count, result.rules);
 */
export async function compareVersions(input: CompareInput, options: CompareOptions = {}): Promise<ComparisonResult> {
  assertInput(input, options);
  const { profiles = [], readings = {}, differencesMax = DIFFERENCES_MAX, watched, signal, ...reading } = options;
  const isReady = await isBatchFile(input);
  // A clock that stands still: times depend on nothing.
  const emulator = await createEmulator({ ...readings, pace: 'immediate', clock: 'virtual' });
  let progress = () => ({ input: inputName(input), sides: APIS.map((api) => sideOf(api, batchesOf(api))) });
  watched?.(() => progress());
  try {
    const sent: Record<Api, Sent | undefined> = { v1: undefined, v2: undefined };
    for (const api of APIS) {
      signal?.throwIfAborted();
      const client = CLIENTS[api];
      if (profiles.length > 0) await emulator.seedProfiles(client, profiles);
      sent[api] = await sendFile({ emulator, client, api, input, isBatchFile: isReady, reading, signal });
      if (sent[api].kind === 'input-refused') return sent[api];
    }
    const refusals = Object.values(sent).flatMap((side) => (side?.kind === 'refused' ? side.refusal : []));
    if (refusals.length > 0) return { kind: 'file-refused', input: inputName(input), refusals };

    signal?.throwIfAborted();
    const batches = { v1: batchesOf('v1'), v2: batchesOf('v2') };
    const rows = compareRows(emulator, batches, differencesMax);
    const found = compareProfiles(emulator, CLIENTS, rows.visitors, differencesMax);
    const report = sent.v1?.kind === 'sent' ? sent.v1.report : undefined;
    const comparison: Omit<Comparison, 'rules'> = {
      kind: 'comparison',
      input: inputName(input),
      sent: isReady ? 'batch-file' : 'upload',
      seeded: profiles.length,
      rows: rows.rows,
      skippedRows: report?.skippedRows ?? 0,
      problems: report?.problems,
      different: rows.differing.count + found.differing.count > 0,
      outcomes: rows.outcomes,
      differingRows: rows.differing,
      differingProfiles: found.differing,
      pendingProfiles: found.pending,
      rowsNotCompared: rows.rowsWithoutId,
      diagnostics: { v1: diagnosticsOf(batches.v1), v2: diagnosticsOf(batches.v2) },
    };
    return { ...comparison, rules: rulesOf(comparison) };
  } finally {
    const last = progress();
    // Of a store that is closed nothing can be asked.
    progress = () => last;
    await emulator.close();
  }

  /** In the order they were sent. */
  function batchesOf(api: Api): readonly BatchRecord[] {
    return emulator.batches(CLIENTS[api]).toReversed();
  }
}

export const DIFFERENCES_MAX = 100;
const APIS = ['v1', 'v2'] as const satisfies readonly Api[];
const CLIENTS: Readonly<Record<Api, string>> = { v1: 'compare-v1', v2: 'compare-v2' };

/** Counters under the API's own names, over all batches of one version. */
function sideOf(api: Api, batches: readonly BatchRecord[]): ComparisonProgress['sides'][number] {
  const sums = { batchSize: 0, consumedCount: 0, successfulUpdates: 0, profilesNotFound: 0, failedUpdates: 0 };
  const names = Object.keys(sums) as (keyof typeof sums)[];
  for (const batch of batches) for (const name of names) sums[name] += batch[name];
  return { api, ...sums };
}

function diagnosticsOf(batches: readonly BatchRecord[]): Comparison['diagnostics']['v1'] {
  const counts = new Map<BatchRecord['diagnostics'][number]['rule'], number>();
  for (const { rule, count } of batches.flatMap(({ diagnostics }) => diagnostics)) {
    counts.set(rule, (counts.get(rule) ?? 0) + count);
  }
  return Array.from(counts, ([rule, count]) => ({ rule, count }));
}

function rulesOf({ outcomes, differingProfiles, pendingProfiles, diagnostics }: Omit<Comparison, 'rules'>) {
  const attributes = differingProfiles.first.flatMap((profile) => profile.attributes);
  return citedRules([
    ...APIS.flatMap((api) => outcomes[api].map(({ rule }) => rule)),
    ...attributes.flatMap(({ rules }) => [rules.v1 ?? undefined, rules.v2 ?? undefined]),
    pendingProfiles > 0 ? 'v2-override-caveat' : undefined,
    ...APIS.flatMap((api) => diagnostics[api].map(({ rule }) => rule)),
  ]);
}
