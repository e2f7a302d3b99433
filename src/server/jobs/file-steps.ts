/** Applies files of customer attributes, one after the other (ca-order): judged whole first, then slice by slice. */
import { isFault, readHeader, readRow } from '../../protocol/attribute-file/read-row.ts';
import { DIAGNOSTIC_POSITIONS_MAX, type FileFault, shownName } from '../../protocol/vocabulary/index.ts';
import { lostRows } from '../faults/lost-row.ts';
import { FILE_FAILURES, isAsAccepted } from '../store/body-check.ts';
import type { BodyParts } from '../store/body-place.ts';
import type { ProfileHash } from '../store/profile-key.ts';
import type { StepClients, StepResult } from '../store/store.ts';
import type { HeadFile, RecordSlice, SyncStore } from '../store/sync-store.ts';
import { isDue, nextDueAt } from './batch-queue.ts';
import { cutHeader, type Stretch, stretchCutter } from './file-stretch.ts';
import { keyOrder } from './key-order.ts';

type FileStep = Pick<StepResult, 'nextDueAt' | 'more'> & { readonly files: readonly number[] };

/** Pauses between steps. Why the file fails; undefined once it is applied. */
type Work<Result = FileFault | undefined> = Generator<undefined, Result>;

/** A step is a bounded piece of the file whose turn it is. It never waits and never draws. */
export function fileSteps(store: SyncStore, sliceRowsMax: number, hash: ProfileHash) {
  /** Of the step under way, by the clock of the file's client. */
  let now = 0;
  let held: { readonly sequence: number; readonly work: Work<void> } | undefined;
  /** Its bytes are open until then. */
  const letGo = () => {
    held?.work.return();
    held = undefined;
  };

  function* workOn(head: HeadFile): Work<void> {
    const parts = store.openFile(head.sequence);
    try {
      const fault = parts === undefined ? FILE_FAILURES['body-missing'] : yield* judgedAndApplied(parts, head);
      store.endFile(head.sequence, now, fault);
    } finally {
      parts?.close();
    }
  }

  function* judgedAndApplied(parts: BodyParts, head: HeadFile): Work {
    if (!(yield* isAsAccepted(parts, head))) return FILE_FAILURES['body-damaged'];
    const source = store.source(head.generation, head.alias);
    if (source === undefined || source.isDeleted) return NO_SOURCE;
    const cut = cutHeader(parts);
    if (isFault(cut)) return cut;
    const header = readHeader(cut.line, source.attributes, head.settings);
    if (isFault(header)) return { ...header, row: 0 };
    const hasher = hash(head.generation, 'thirdPartyId');
    const stretchAt = stretchCutter(parts, header, hasher);
    let first: Stretch | undefined;
    if (head.status === 'waiting') {
      const verdict = yield* judged(stretchAt, cut.end, parts.byteLength, head);
      if (isFault(verdict)) return verdict;
      ({ first } = verdict);
      const { rows, skipped } = verdict;
      store.beginFile(head, {
        rows,
        skipped,
        headerBytes: cut.end,
        attributes: header.columns.map(({ name }) => name),
      });
      yield;
    }

    const names = header.columns.map(({ name }) => shownName(source.name, name));
    const { sequence: file, generation, settings } = head;
    const { loss, loses } = losing(head.loss);
    const rowsOf = function* (
      { bytes, starts, ends }: Stretch,
      order: Uint32Array,
      rowsBefore: number,
    ): RecordSlice['rows'] {
      for (const at of order) {
        const row = rowsBefore + at + 1;
        const read = readRow(bytes.toString('utf8', starts[at], ends[at]), header);
        // ca-types: by setting, a row that breaks a rule is left out.
        if (!isFault(read) && !loses(row)) yield { ...read, row, hash: hasher.ofText(read.id) };
      }
    };
    // A stretch is the same after a restart, and so is the order of its rows: what was applied of it is behind us.
    let { appliedRows, stretchRows } = head;
    for (let at = head.appliedBytes || cut.end; at < parts.byteLength;) {
      const stretch = first?.start === at ? first : yield* stretchAt(at);
      if (isFault(stretch)) throw new Error(`file ${file} was judged good, and is not: ${stretch.message}`);
      first = undefined;
      const order = keyOrder(stretch.keys);
      const rowsBefore = appliedRows - stretchRows;
      while (stretchRows < order.length) {
        const next = Math.min(stretchRows + sliceRowsMax, order.length);
        const rows = rowsOf(stretch, order.subarray(stretchRows, next), rowsBefore);
        const isEnd = next === order.length;
        appliedRows = rowsBefore + next;
        stretchRows = isEnd ? 0 : next;
        const progress = { appliedBytes: isEnd ? stretch.end : at, stretchRows, appliedRows, loss };
        store.applyRecords({ file, generation, source: source.id, names, rows, now, settings, progress });
        yield;
        if (isEnd) break;
      }
      at = stretch.end;
    }
    return undefined;
  }

  const step = (emulatorNow: number, { ahead, only }: StepClients): FileStep => {
    const heads = store.headFiles().filter(({ client }) => only === undefined || client === only);
    const head = heads.find((each) => isDue(each, emulatorNow, ahead));
    if (held?.sequence !== head?.sequence) letGo();
    if (head === undefined) return { files: [], nextDueAt: nextDueAt(heads, emulatorNow, ahead), more: false };
    now = emulatorNow + (ahead?.get(head.client) ?? 0);
    held ??= { sequence: head.sequence, work: workOn(head) };
    try {
      const hasEnded = held.work.next().done === true;
      if (hasEnded) letGo();
      return { files: hasEnded ? [head.sequence] : [], nextDueAt: undefined, more: true };
    } catch (error) {
      // What was done is in the store, and the rest begins there.
      letGo();
      throw error;
    }
  };
  return Object.assign(step, { letGo });
}

/** Every row is looked at before the first is applied: a bad file leaves nothing. `first` is the whole of a small one, not to be cut again. */
function* judged(
  stretchAt: ReturnType<typeof stretchCutter>,
  start: number,
  byteLength: number,
  { settings }: HeadFile,
): Work<{ rows: number; skipped: number; first: Stretch | undefined } | FileFault> {
  let rows = 0;
  let skipped = 0;
  let stretch: Stretch | undefined;
  for (let at = start; at < byteLength; at = stretch.end) {
    const cut = yield* stretchAt(at);
    if (isFault(cut)) return { ...cut, row: rows + 1 };
    stretch = cut;
    const { firstFault, faults, starts } = cut;
    if (firstFault !== undefined && settings.attributeRows === 'fail-file')
      return { ...firstFault, row: rows + firstFault.row };
    skipped += faults;
    rows += starts.length;
    yield;
  }
  return { rows, skipped, first: stretch?.start === start ? stretch : undefined };
}

/** ca-loss: whether a row goes, and nothing says so; `loss` counts them. */
function losing(asked: HeadFile['loss']) {
  const loss = asked && { ...asked, first: [...asked.first] };
  const lost = loss && lostRows({ silentLoss: loss });
  const loses = (row: number) => {
    if (loss === undefined || lost?.(row) === undefined) return false;
    loss.count += 1;
    if (loss.first.length < DIAGNOSTIC_POSITIONS_MAX) loss.first.push(row);
    return true;
  };
  return { loss, loses };
}

const NO_SOURCE: FileFault = { rule: 'ca-source', message: 'Its source was deleted.' };
