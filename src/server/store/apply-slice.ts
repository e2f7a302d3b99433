/** Applies a slice of a batch's rows and writes down what became of each. Runs within one transaction. */
import { ourLocationHint } from '../../protocol/rules/keys.ts';
import { outcomeRule } from '../../protocol/rules/replies.ts';
import { v1UpdateOnly } from '../../protocol/rules/v1.ts';
import { v2Upsert } from '../../protocol/rules/v2.ts';
import type { DataRow } from '../../protocol/batch-file/data-row.ts';
import { type DiagnosticTallies, diagnosticTallies, sumOfTallies } from '../../protocol/batch-file/diagnostic-tally.ts';
import type { Api, RowOutcome, RuleId } from '../../protocol/vocabulary/index.ts';
import type { AttributeNames, AttributeNameTable } from './attribute-names.ts';
import { segmentStamp } from './attribute-record.ts';
import type { Advance, BatchTable } from './batch-table.ts';
import { overrideNotes, type OverrideNotes, type OverrideTable } from './override-table.ts';
import type { OrderedProfiles } from './ordered-profiles.ts';
import { type ProfileWriter, profileWriter } from './profile-writer.ts';
import type { EndedBatch } from './retention.ts';
import { type OutcomeRules, outcomeWriter } from './row-outcomes.ts';
import type { Slice, SliceRow } from './sync-store.ts';

/** The batch, where it has ended with this slice. */
export function sliceApplier(
  batches: BatchTable,
  profiles: OrderedProfiles,
  nameTable: AttributeNameTable,
  outcomeRules: OutcomeRules,
  overrides: OverrideTable,
): (slice: Slice) => EndedBatch | undefined {
  const writer = profileWriter(profiles);
  const outcomes = outcomeWriter();

  return (slice) => {
    const { batch } = slice;
    const noted = diagnosticTallies();
    const names = nameTable.of(batch.generation);
    const overridden = overrideNotes(names);
    const results = resultsOf(batch.api);
    const apply = rowApplier(profiles, writer, names, slice, results, noted, overridden);
    const by: Advance = { consumed: 0, updated: 0, created: 0, not_found: 0, failed: 0, ignored: 0, lost: 0 };
    profiles.begin();
    outcomes.take(); // What a slice left behind that failed half-way.
    for (const { row, reading, hash } of slice.rows) {
      const { outcome, rule, column } =
        reading.kind === 'row'
          ? apply(row, reading, hash)
          : reading.kind === 'failed'
            ? { outcome: 'failed' as const, rule: reading.rule, column: reading.column }
            : results.ignored;
      by.consumed += 1;
      by[outcome === 'not-found' ? 'not_found' : outcome] += 1;
      // The API's own counters are those of a row that was written: nobody is told.
      if (outcome === 'lost') by.updated += 1;
      outcomes.add(row, outcome, outcomeRules.numberOf(rule), column);
    }
    profiles.flush();
    const added = [...slice.diagnostics(), ...noted.tallies()];
    const diagnostics =
      added.length === 0 ? undefined : sumOfTallies([...batches.diagnostics(batch.sequence), ...added]);
    const trace = { order: slice.order, words: outcomes.take(), diagnostics };
    overrides.add(batch.sequence, overridden.tallies());
    if (slice.last) return batches.finish(batch, by, trace, slice.stuck === true ? 'stuck' : 'complete', slice.now);
    batches.advance(batch, by, trace, slice.dueAt);
    return undefined;
  };
}

interface RowResult {
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly column?: number;
}

const LOST_VISIBLY: RowResult = { outcome: 'failed', rule: 'thr-message-loss', column: 0 };

type Results = Readonly<Record<(typeof RESULTS)[number], RowResult>>;
const RESULTS = ['updated', 'created', 'not-found', 'ignored', 'lost'] as const;

/** Made once a slice: rows of one outcome share it. */
const resultsOf = (api: Api) =>
  Object.fromEntries(RESULTS.map((outcome) => [outcome, { outcome, rule: outcomeRule(api, outcome) }])) as Results;

function rowApplier(
  profiles: OrderedProfiles,
  writer: ProfileWriter,
  names: AttributeNames,
  { batch, attributeNames, now, lost }: Slice,
  results: Results,
  noted: DiagnosticTallies,
  overridden: OverrideNotes,
): (row: number, reading: DataRow, hash: SliceRow['hash']) => RowResult {
  const { generation, idKind, settings, sequence } = batch;
  // A name gets its number when a row first writes it: columns that are never filled leave no trace.
  const nameIds = new Int32Array(attributeNames.length);
  const nameIdOf = (attribute: number) => (nameIds[attribute] ||= names.idOf(attributeNames[attribute]!));
  const context = { now, settings };
  const existenceOf = batch.api === 'v1' ? v1UpdateOnly.decide : v2Upsert.decide;
  // These two are used again for every row.
  const address = { generation, kind: idKind, identity: '' };
  const write = {
    names,
    ids: [] as number[],
    values: [] as readonly string[],
    stamp: segmentStamp(now, sequence),
    batch: sequence,
    row: 0,
    facts: {
      api: batch.api,
      idKind,
      reading: settings.consecutiveV2,
      ownAttributes: false,
      ownPending: false,
      leavesAttributes: false,
    },
  };

  return (row, reading, hash) => {
    address.identity = ourLocationHint.decide(idKind, reading.id, settings.locationHint);
    const slot = profiles.resolve(address, hash);
    const existence = existenceOf(writer.open(slot, context));
    if (existence === 'not-found') return results[existence];
    const loss = lost?.(row);
    if (loss !== undefined) return loss === 'silent' ? results.lost : LOST_VISIBLY;

    const { attributes, values } = reading;
    write.ids.length = attributes.length;
    for (let index = 0; index < attributes.length; index += 1) write.ids[index] = nameIdOf(attributes[index]!);
    write.values = values;
    write.row = row;
    const { readingsDiffer, evicted, lost: takenAway } = writer.write(write);
    if (readingsDiffer) noted.note('v2-override-caveat', row);
    if (evicted) noted.note('lim-64k-evict', row);
    if (takenAway.length > 0) overridden.note(row, reading.id, takenAway);
    return results[existence];
  };
}
