/** The log of `tpe serve`: its lines, for people and for machines. */
import type { Writable } from 'node:stream';
import { batchJson as toldBatch } from '../server/harness/batch-operations.ts';
import type { BatchRecord, RefusedRequest } from '../server/index.ts';
import { counted, printable, type Style } from './printable.ts';

/** Lines of one stretch of work are written together: a step may complete many batches, and a write is dear. */
export function lineLog(output: Writable): (line: string) => void {
  let waiting = '';
  const write = () => {
    const lines = waiting;
    waiting = '';
    output.write(lines);
  };
  return (line) => {
    if (waiting === '') queueMicrotask(write);
    waiting += `${line}\n`;
  };
}

/** `10:30:00 demo v2 demo-1701473848678-13029383 complete: 4 rows, 3 updated, 1 created. Noted: body-ctype-form.` */
export function batchLine(batch: BatchRecord, style: Style): string {
  const time = new Date(batch.completedAt ?? batch.submittedAt).toISOString().slice(11, 19);
  const counts = [
    counted(batch.batchSize, 'row'),
    painted(batch.successfulUpdates - batch.createdProfiles, 'updated', style.green),
    painted(batch.createdProfiles, 'created', style.green),
    painted(batch.profilesNotFound, 'not found', style.yellow),
    painted(batch.failedUpdates, 'failed', style.red),
    painted(batch.ignoredRows, 'ignored', style.yellow),
  ].filter((text) => text !== '');
  const noted = batch.diagnostics.map(({ rule, count }) => (count === 1 ? rule : `${rule} x${count}`));
  const notes = noted.length === 0 ? '' : style.dim(` Noted: ${noted.join(', ')}.`);
  const failed =
    batch.failure === undefined ? '' : style.red(` Failed (${batch.failure.code}): ${batch.failure.message}`);
  return `${style.dim(time)} ${batch.client} ${batch.api} ${batch.batchId} ${batch.status}: ${counts.join(', ')}.${failed}${notes}${alarm(batch, style)}`;
}

/** The same for machines, in the words of the control API; of rows the numbers alone, for ids have no business in a log. */
export function batchJson(batch: BatchRecord): object {
  const { diagnostics, overrides, ...told } = toldBatch(batch);
  return {
    event: 'batch-completed',
    ...told,
    diagnostics: diagnostics.map(({ rule, count }) => ({ rule, count })),
    overrides: overrides.map(({ batch: earlier, by, count }) => ({ batch: earlier, by, count })),
  };
}

/** The lost-update alarm: what this batch took away of earlier ones. */
function alarm({ batchId, overrides }: BatchRecord, style: Style): string {
  const lost = overrides.filter(({ by }) => by === batchId);
  const texts = lost.map(({ batch, count, first }) => {
    const ids = first.slice(0, ALARM_IDS_SHOWN).map(({ id }) => printable(id));
    const more = count > ids.length ? ', ...' : '';
    return ` Lost update: attributes of ${batch ?? 'other batches'} overridden in ${counted(count, 'row')} (${ids.join(', ')}${more}; v2-override-caveat).`;
  });
  return texts.length === 0 ? '' : style.red(texts.join(''));
}

const ALARM_IDS_SHOWN = 3;

const painted = (count: number, what: string, paint: (text: string) => string) =>
  count === 0 ? '' : paint(`${count} ${what}`);

/** `10:30:00 demo POST /m2/demo/v2/profile/batchUpdate 413 rule/lim-file-size: The body exceeds …` */
export function refusedLine(
  { at, method, target, client, status, cause, reason }: RefusedRequest,
  style: Style,
): string {
  const time = new Date(at).toISOString().slice(11, 19);
  const whom = [...(client === undefined ? [] : [client]), method, target].map(printable).join(' ');
  const how = status === undefined ? 'no reply' : String(status);
  const why = cause === undefined ? '' : ` ${cause}`;
  return `${style.dim(time)} ${whom} ${style.yellow(`${how}${why}`)}: ${printable(reason)}`;
}
