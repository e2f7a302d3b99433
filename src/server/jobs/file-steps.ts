/** Applies files of customer attributes, one after the other (ca-order): judged whole first, then slice by slice. */
import { type AttributeHeader, isFault, readHeader, readRow } from '../../protocol/attribute-file/read-row.ts';
import { DIAGNOSTIC_POSITIONS_MAX, shownName } from '../../protocol/vocabulary/index.ts';
import type { FileFault } from '../../protocol/vocabulary/index.ts';
import { lostRows } from '../faults/lost-row.ts';
import { FILE_FAILURES, isAsAccepted, piecesOf } from '../store/body-check.ts';
import type { BodyParts } from '../store/body-place.ts';
import { profileHash, type ProfileHash, type ProfileHasher } from '../store/profile-key.ts';
import type { SourceRecord, StepClients } from '../store/store.ts';
import type { HeadFile, RecordSlice, SyncStore } from '../store/sync-store.ts';
import { isDue, nextDueAt } from './batch-queue.ts';
import { cutHeader, cutStretch, type Stretch } from './file-stretch.ts';
import { keyOrder } from './key-order.ts';

export interface FileStep {
  readonly files: readonly number[];
  readonly nextDueAt: number | undefined;
  readonly more: boolean;
}

interface FileBounds {
  readonly sliceRowsMax: number;
  /** Bytes that are held in memory at a time. */
  readonly stretchBytesMax?: number;
}

/** What a turn of the work on a file asks of the store, or nothing. */
type Turn = ((now: number) => 'goes-on' | 'ended') | undefined;

/** A step is a bounded piece of the file whose turn it is. It never waits and never draws. */
export function fileSteps(
  store: SyncStore,
  { sliceRowsMax, stretchBytesMax = 64 * 1024 * 1024 }: FileBounds,
  hash: ProfileHash = profileHash,
): (now: number, clients: StepClients) => FileStep {
  let held: { readonly sequence: number; readonly work: Generator<Turn, void> } | undefined;
  /** Its bytes are open until then. */
  const letGo = () => {
    held?.work.return();
    held = undefined;
  };

  return (emulatorNow, { ahead, only }) => {
    const heads = store.headFiles().filter(({ client }) => only === undefined || client === only);
    const head = heads.find((each) => isDue(each, emulatorNow, ahead));
    if (head === undefined) {
      letGo();
      return { files: [], nextDueAt: nextDueAt(heads, emulatorNow, ahead), more: false };
    }
    const now = emulatorNow + (ahead?.get(head.client) ?? 0);
    if (held?.sequence !== head.sequence) {
      letGo();
      const work = workOn(store, head, { sliceRowsMax, stretchBytesMax }, hash(head.generation, 'thirdPartyId'));
      held = { sequence: head.sequence, work };
    }
    try {
      const ended = held.work.next().value?.(now) === 'ended';
      if (ended) letGo();
      return { files: ended ? [head.sequence] : [], nextDueAt: undefined, more: true };
    } catch (error) {
      // What was done is in the store, and the rest begins there.
      letGo();
      throw error;
    }
  };
}

function* workOn(
  store: SyncStore,
  head: HeadFile,
  bounds: Required<FileBounds>,
  hasher: ProfileHasher,
): Generator<Turn, void> {
  const fail =
    (fault: FileFault): Turn =>
    (now) => {
      store.endFile(head.sequence, now, fault);
      return 'ended';
    };
  const parts = store.openFile(head.sequence);
  const source = store.source(head.generation, head.alias);
  if (parts === undefined) return void (yield fail(FILE_FAILURES['body-missing']));
  try {
    if (!(yield* isAsAccepted(piecesOf(parts.byteLength, parts.read), head)))
      return void (yield fail(FILE_FAILURES['body-damaged']));
    if (source === undefined || source.isDeleted) return void (yield fail(NO_SOURCE));
    const cut = cutHeader(parts);
    if (isFault(cut)) return void (yield fail(cut));
    const header = readHeader(cut.line, source.attributes);
    if (isFault(header)) return void (yield fail({ ...header, row: 0 }));

    let stretch: Stretch | undefined;
    if (head.status === 'waiting') {
      const verdict = yield* judge(parts, cut.end, header, head, bounds, hasher);
      if (isFault(verdict)) return void (yield fail(verdict));
      ({ stretch } = verdict);
      const { rows, skipped } = verdict;
      const attributes = header.columns.map(({ name }) => name);
      yield () => {
        store.beginFile(head, { rows, skipped, headerBytes: cut.end, attributes });
        return 'goes-on';
      };
    }
    yield* apply(store, { parts, header, head, source, bounds, hasher }, stretch, head.appliedBytes || cut.end);
  } finally {
    parts.close();
  }
}

interface Judged {
  readonly rows: number;
  readonly skipped: number;
  /** The whole of a small file, which need not be cut again. */
  readonly stretch: Stretch | undefined;
}

/** Every row is looked at before the first is applied: a bad file leaves nothing. */
function* judge(
  parts: BodyParts,
  start: number,
  header: AttributeHeader,
  { settings }: HeadFile,
  { stretchBytesMax }: Required<FileBounds>,
  hasher: ProfileHasher,
): Generator<undefined, Judged | FileFault> {
  let rows = 0;
  let skipped = 0;
  let stretch: Stretch | undefined;
  let at = start;
  for (; at < parts.byteLength; at = stretch.end) {
    const cut = yield* cutStretch(parts, at, stretchBytesMax, header, hasher);
    if (isFault(cut)) return { ...cut, row: rows + 1 };
    stretch = cut;
    const { firstFault } = stretch;
    if (firstFault !== undefined && settings.attributeRows === 'fail-file')
      return { ...firstFault, row: rows + firstFault.row };
    skipped += stretch.faults;
    rows += stretch.starts.length;
    yield undefined;
  }
  return { rows, skipped, stretch: stretch?.start === start ? stretch : undefined };
}

interface Application {
  readonly parts: BodyParts;
  readonly header: AttributeHeader;
  readonly head: HeadFile;
  readonly source: SourceRecord;
  readonly bounds: Required<FileBounds>;
  readonly hasher: ProfileHasher;
}

/** A stretch is the same after a restart, and so is the order of its rows: what was applied of it is behind us. */
function* apply(
  store: SyncStore,
  { parts, header, head, source, bounds, hasher }: Application,
  known: Stretch | undefined,
  from: number,
): Generator<Turn, void> {
  const names = header.columns.map(({ name }) => shownName(source.name, name));
  const { sequence: file, generation, settings } = head;
  const loss = head.loss && { ...head.loss, first: [...head.loss.first] };
  const lost = loss && lostRows({ silentLoss: loss });
  /** ca-loss: whether this row goes, and nothing says so. */
  const loses = (row: number) => {
    if (loss === undefined || lost?.(row) === undefined) return false;
    loss.count += 1;
    if (loss.first.length < DIAGNOSTIC_POSITIONS_MAX) loss.first.push(row);
    return true;
  };
  let { appliedRows, stretchRows } = head;
  let stretch = known;
  for (let at = from; at < parts.byteLength; at = stretch.end) {
    if (stretch?.start !== at) {
      const cut = yield* cutStretch(parts, at, bounds.stretchBytesMax, header, hasher);
      if (isFault(cut)) throw new Error(`file ${file} was judged good, and is not: ${cut.message}`);
      stretch = cut;
    }
    const current = stretch;
    const order = keyOrder(current.keys);
    const rowsBefore = appliedRows - stretchRows;
    while (stretchRows < order.length) {
      const first = stretchRows;
      const next = Math.min(first + bounds.sliceRowsMax, order.length);
      const isEnd = next === order.length;
      const progress = {
        appliedBytes: isEnd ? current.end : at,
        stretchRows: isEnd ? 0 : next,
        appliedRows: rowsBefore + next,
        loss,
      };
      yield (now) => {
        const rows = rowsOf(current, order.subarray(first, next), header, hasher, rowsBefore, loses);
        store.applyRecords({ file, generation, source: source.id, names, rows, now, settings, progress });
        return 'goes-on';
      };
      stretchRows = next;
    }
    appliedRows = rowsBefore + order.length;
    stretchRows = 0;
  }
  yield (now) => {
    store.endFile(file, now);
    return 'ended';
  };
}

function* rowsOf(
  { bytes, starts, ends }: Stretch,
  order: Uint32Array,
  header: AttributeHeader,
  hasher: ProfileHasher,
  rowsBefore: number,
  loses: (row: number) => boolean,
): RecordSlice['rows'] {
  for (const at of order) {
    const row = rowsBefore + at + 1;
    const read = readRow(bytes.toString('utf8', starts[at], ends[at]), header);
    // ca-types: by setting, a row that breaks a rule is left out.
    if (!isFault(read) && !loses(row)) yield { ...read, row, hash: hasher.ofText(read.id) };
  }
}

const NO_SOURCE: FileFault = { rule: 'ca-source', message: 'Its source was deleted.' };
