/** The same store for each way, one file sent to v1, to v2 and as customer attributes: what became of each row and of each attribute, and why. */
import { checkFile, type InputRefused, UploadError } from '../client/index.ts';
import { citedRules } from '../protocol/rules/index.ts';
import { type Api, BATCH_PREFIX } from '../protocol/vocabulary/index.ts';
import { createEmulator, type BatchRecord, type EmulatorOptions, type SeedProfile } from '../server/index.ts';
import { attributesWay } from './attributes-way.ts';
import { compareProfiles, type Holder, profilesOf } from './compare-profiles.ts';
import { compareRows, ways } from './compare-rows.ts';
import type { Comparison, ComparisonProgress, ComparisonResult } from './comparison.ts';
import { type CompareInput, inputName, isBatchFile, type ReadingOptions, type Sent, sendFile } from './send-file.ts';
import { TRAITS } from './traits.ts';

/** The readings that change what a file does; see the emulator. */
export type ReadingsOptions = Pick<
  EmulatorOptions,
  'body' | 'byteOrderMark' | 'surplusCells' | 'locationHint' | 'consecutiveV2' | 'illegalIds'
>;

export interface CompareOptions extends ReadingOptions {
  /** What every store begins with, in the base layer. Default: nothing. */
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
  // What is to be mapped in a batch file is refused as an upload does it, whatever else stands in the file.
  const mapped = isReady ? await checkFile({ name: inputName(input), text: BATCH_PREFIX }, {}, reading) : undefined;
  if (mapped?.kind === 'export' && mapped.result.kind === 'input-refused') return mapped.result;
  // A clock that stands still: times depend on nothing.
  const emulator = await createEmulator({ ...readings, pace: 'immediate', clock: 'virtual' });
  const pause = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  };
  const attributes = attributesWay(emulator, profiles, pause);
  let progress = () => ({
    input: inputName(input),
    sides: [...APIS.map((api) => sideOf(api, batchesOf(api))), attributes.progress()],
  });
  watched?.(() => progress());
  try {
    const sent: Exclude<Sent, InputRefused>[] = [];
    for (const api of APIS) {
      signal?.throwIfAborted();
      const client = CLIENTS[api];
      if (profiles.length > 0) await emulator.seedProfiles(client, profiles);
      // Its form reading is that of the batch that v1 took.
      const settings = api === 'v2' ? emulator.settings(CLIENTS.v1) : undefined;
      const heard = settings && ((bytes: AsyncIterable<Uint8Array>) => attributes.heard(bytes, settings));
      const side = await sendFile({ emulator, client, api, input, isBatchFile: isReady, reading, signal, heard });
      if (side.kind === 'input-refused') return side;
      sent.push(side);
    }
    const refusals = sent.flatMap((side) => (side.kind === 'refused' ? side.refusal : []));
    if (refusals.length > 0) return { kind: 'file-refused', input: inputName(input), refusals };

    signal?.throwIfAborted();
    const attributesRefused = await attributes.upload();
    signal?.throwIfAborted();
    const batches = { v1: batchesOf('v1'), v2: batchesOf('v2') };
    const third = attributesRefused === undefined ? attributes : undefined;
    const rows = await compareRows(emulator, batches, third, differencesMax, pause);
    const holders = ways<Holder>(profilesOf(emulator, CLIENTS.v1), profilesOf(emulator, CLIENTS.v2), third?.holder);
    const illegalIds = emulator.settings(CLIENTS.v1)?.illegalIds ?? 'fail';
    const found = await compareProfiles(holders, rows.visitors, illegalIds, differencesMax, pause);
    const report = sent[0]?.kind === 'sent' ? sent[0].report : undefined;
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
      attributesRefused,
      traits: TRAITS,
      differingRows: rows.differing,
      differingProfiles: found.differing,
      pendingProfiles: found.pending,
      rowsNotCompared: rows.rowsWithoutId,
      diagnostics: { v1: diagnosticsOf(batches.v1), v2: diagnosticsOf(batches.v2) },
    };
    return { ...comparison, rules: rulesOf(comparison) };
  } catch (cause) {
    if (signal?.aborted !== true) throw cause;
    throw new UploadError('interrupted', 'Interrupted before everything was compared.', { cause });
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

/** What a caller without types may have passed. */
function assertInput(input: unknown, options: unknown): void {
  const isFile = typeof input === 'object' && input !== null && 'open' in input && typeof input.open === 'function';
  const issues = [
    ...(typeof input === 'string' || isFile ? [] : ['compareVersions takes a path, or { name, open }.']),
    ...(typeof options === 'object' && options !== null ? [] : ['Its options are an object.']),
  ];
  if (issues.length > 0) throw UploadError.ofOptions(issues);
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

function diagnosticsOf(batches: readonly BatchRecord[]): Comparison['diagnostics'][Api] {
  const noted = batches.flatMap(({ diagnostics }) => diagnostics);
  const alike = Map.groupBy(noted, ({ rule }) => rule);
  return Array.from(alike, ([rule, all]) => ({ rule, count: all.reduce((sum, { count }) => sum + count, 0) }));
}

function rulesOf(comparison: Omit<Comparison, 'rules'>) {
  const { outcomes, attributesRefused, differingProfiles, pendingProfiles, diagnostics, traits } = comparison;
  const written = differingProfiles.first.flatMap((profile) => profile.attributes);
  return citedRules([
    ...Object.values(outcomes).flatMap((counts) => counts.map(({ rule }) => rule)),
    ...written.flatMap(({ rules }) => Object.values(rules).map((rule) => rule ?? undefined)),
    pendingProfiles > 0 ? 'v2-override-caveat' : undefined,
    attributesRefused?.rule,
    ...APIS.flatMap((api) => diagnostics[api].map(({ rule }) => rule)),
    ...traits.flatMap(({ answers }) => Object.values(answers).map(({ rule }) => rule)),
  ]);
}
