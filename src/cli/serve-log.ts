/** The log of `tpe serve`: a line for people, or an object for machines, for each thing that happens. */
import type { Writable } from 'node:stream';
import { faultText } from '../protocol/vocabulary/index.ts';
import { batchJson as toldBatch } from '../server/harness/batch-operations.ts';
import type { AttributeFile, BatchRecord, EmulatorParts, PartProblem, RefusedRequest } from '../server/index.ts';
import type { Context } from './context.ts';
import { counted, jsonText, printable, type Style } from './printable.ts';

export type Log = (event: string, told: object, line: (style: Style) => string) => void;

export function serveLog({ stdout, style, now }: Context, json: boolean): Log {
  const print = lineLog(stdout);
  return (event, told, line) =>
    print(json ? jsonText({ time: new Date(now()).toISOString(), event, ...told }) : line(style));
}

/** Lines of one stretch of work are written together: a step may complete many batches, and a write is dear. */
export function lineLog(output: Writable): (line: string) => void {
  let waiting = '';
  // A microtask, which no signal and no other callback comes before: an exit in between loses nothing.
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

/** What the emulator tells while it runs. */
export function loggedEvents(log: Log) {
  return {
    batchCompleted: (batch) => log('batch-completed', batchJson(batch), (style) => batchLine(batch, style)),
    bug(id, error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log('bug', { id, stack }, ({ red }) => red(`bug/${id}: ${stack}`));
    },
    refused: (request) => log('refused', request, (style) => refusedLine(request, style)),
    problem: (problem) => log('problem', problem, (style) => problemLine(problem, style)),
    fileEnded: (file) => log('file', file, (style) => fileLine(file, style)),
  } satisfies EmulatorParts['on'];
}

/** `10:30:00 demo v2 demo-1701473848678-13029383 complete: 4 rows, 3 updated, 1 created. Noted: body-ctype-form.` */
export function batchLine(batch: BatchRecord, style: Style): string {
  const time = new Date(batch.completedAt ?? batch.submittedAt).toISOString().slice(11, 19);
  const painted = (count: number, what: string, paint: (text: string) => string) =>
    count === 0 ? '' : paint(`, ${count} ${what}`);
  const counts = [
    counted(batch.batchSize, 'row'),
    painted(batch.successfulUpdates - batch.createdProfiles, 'updated', style.green),
    painted(batch.createdProfiles, 'created', style.green),
    painted(batch.profilesNotFound, 'not found', style.yellow),
    painted(batch.failedUpdates, 'failed', style.red),
    painted(batch.ignoredRows, 'ignored', style.yellow),
  ].join('');
  const noted = batch.diagnostics.map(({ rule, count }) => (count === 1 ? rule : `${rule} x${count}`));
  const notes = noted.length === 0 ? '' : style.dim(` Noted: ${noted.join(', ')}.`);
  const failed =
    batch.failure === undefined ? '' : style.red(` Failed (${batch.failure.code}): ${batch.failure.message}`);
  return `${style.dim(time)} ${batch.client} ${batch.api} ${batch.batchId} ${batch.status}: ${counts}.${failed}${notes}${alarm(batch, style)}`;
}

/** The same for machines, in the words of the control API; of rows the numbers alone, for ids have no business in a log. */
export function batchJson(batch: BatchRecord): object {
  const { diagnostics, overrides, ...told } = toldBatch(batch);
  return {
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

/** `10:30:00 demo POST /m2/demo/v2/profile/batchUpdate 413 rule/lim-file-size: The body exceeds …` */
export function refusedLine({ at, method, target, client, status, cause, reason }: RefusedRequest, style: Style) {
  const time = new Date(at).toISOString().slice(11, 19);
  const whom = [...(client === undefined ? [] : [client]), method, target].map(printable).join(' ');
  const how = status ?? (method === 'SFTP' ? 'refused' : 'no reply');
  const why = cause === undefined ? '' : ` ${cause}`;
  return `${style.dim(time)} ${whom} ${style.yellow(`${how}${why}`)}: ${printable(reason)}`;
}

const problemLine = ({ part, message, isOver }: PartProblem, { green, red }: Style): string =>
  isOver ? green(`${part}: ${message}`) : red(`${part} has a problem: ${message}`);

function fileLine({ client, alias, name, status, rows, fault }: AttributeFile, { red }: Style): string {
  const what = `${client} ${printable(alias)}/${printable(name)} ${status}`;
  if (fault === undefined) return `${what}: ${rows} rows`;
  return red(`${what}: ${faultText(fault)} (rule/${fault.rule})`);
}
