/** Advances due batches by bounded steps: the one place where rows become outcomes. */
import type { BatchId, ClientCode } from '../../protocol/vocabulary/index.ts';
import type { BodyFailure } from '../store/body-check.ts';
import { profileHash, type ProfileHash } from '../store/profile-key.ts';
import type { StepClients, StepResult } from '../store/store.ts';
import type { ApplicationOrder } from '../store/batch-columns.ts';
import type { HeadBatch, SyncStore } from '../store/sync-store.ts';
import { applyBatch, type ApplyingBatch } from './apply-batch.ts';
import { batchQueue, isDue, nextDueAt } from './batch-queue.ts';
import { fileSteps } from './file-steps.ts';

export interface StepOptions {
  /**
   * Rows of one step: what a reader on the same thread waits for at most, and others' batches behind a large one, with
   * the bytes below. Default 2,000: some 10 ms. More rows in a step are not cheaper, since rows come in key order.
   */
  readonly sliceRowsMax?: number | undefined;
  /** Bytes of one slice's rows. Default 2 MiB. */
  readonly sliceBytesMax?: number | undefined;
  /** Bodies kept in memory between steps; one alone may be larger. Default 64 MiB. */
  readonly heldBytesMax?: number | undefined;
  /** The store's own; see `store/profile-key.ts`. */
  readonly hash?: ProfileHash | undefined;
}

/** `opening`: its body is still being read, which takes as long as a slice. */
interface Turn {
  readonly kind: 'ended' | 'sliced' | 'opening';
  readonly rows: number;
  readonly bodyFailure?: BodyFailure | undefined;
}

type Applied = Pick<StepResult, 'rows' | 'completed' | 'bodyFailure'>;

interface HeldBatch {
  readonly order: ApplicationOrder;
  readonly bytes: number;
  readonly opening: ReturnType<typeof applyBatch>;
  batch: ApplyingBatch | undefined;
}

/** A step never waits and never draws: what it does depends on the store and on its arguments. */
export function batchSteps(store: SyncStore, options: StepOptions = {}) {
  const {
    sliceRowsMax = 2_000,
    sliceBytesMax = 2 * 1024 * 1024,
    heldBytesMax = 64 * 1024 * 1024,
    hash = profileHash,
  } = options;
  const stepFile = fileSteps(store, sliceRowsMax, hash);
  const queue = batchQueue();
  /** Batches under way, by sequence. */
  const held = new Map<number, HeldBatch>();
  let steps = 0;
  /** Whether the last step ended with a part of a large batch. */
  let wasLarge = false;

  const step = (now: number, clients: StepClients = {}): StepResult => {
    const { ahead, only } = clients;
    steps += 1;
    const due = dueNow(now, clients);
    const applied = due.length === 0 ? NOTHING_APPLIED : store.together(() => applyDue(due, now, clients));
    const file = stepFile(now, clients);
    const heads = readHeads(only);
    const isMoreDue = file.more || heads.some((head) => isDue(head, now, ahead));
    // Whoever asks for one client's batches does not wait for what others left.
    const isSweepDue = only === undefined && (!isMoreDue || steps % STEPS_PER_SWEEP === 0);
    const isMoreToSweep = isSweepDue && store.sweep();
    const times = [nextDueAt(heads, now, ahead), file.nextDueAt].filter((time) => time !== undefined);
    return {
      ...applied,
      ...(file.files.length > 0 && { files: file.files }),
      nextDueAt: times.length === 0 ? undefined : Math.min(...times),
      more: isMoreDue || isMoreToSweep,
    };
  };

  /** A slice of a large batch, or small batches up to the bounds. One transaction: its price is that of many rows. */
  const applyDue = (due: readonly HeadBatch[], now: number, clients: StepClients): Applied => {
    let rows = 0;
    let bodyFailure: BodyFailure | undefined;
    const completed: BatchId[] = [];
    // Whoever came during a slice of a large batch, and needs no more than one, does not wait for another such slice.
    let turns = wasLarge ? [...due.filter(isSmall), ...due.filter((head) => !isSmall(head))] : [...due];
    /** What fits whole into what is left of the step: a large batch waits for one of its own, small ones share theirs. */
    const nextThatFits = () => nextTurn(turns.filter((head) => rows === 0 || rowsLeft(head) <= sliceRowsMax - rows));
    for (let batches = 0; batches < BATCHES_PER_STEP_MAX && rows < sliceRowsMax; batches += 1) {
      let head = nextThatFits();
      if (head === undefined && batches > 0) {
        // Each client's first is served; who has more may share the step too.
        turns = dueNow(now, clients);
        head = nextThatFits();
      } else if (head === undefined && turns.length > 0) {
        // The clock went back: what is held is not due any more. It is read again when it is.
        held.clear();
        head = nextThatFits();
      }
      if (head === undefined) break;
      turns.splice(turns.indexOf(head), 1);
      queue.served(head.client);
      const turn = takeTurn(head, now + (clients.ahead?.get(head.client) ?? 0));
      rows += turn.rows;
      wasLarge = turn.kind !== 'ended';
      if (turn.kind === 'ended') completed.push(head.batchId);
      bodyFailure ??= turn.bodyFailure;
      // slowIngestion counts its rows by the step.
      if (turn.kind === 'opening' || head.faults?.slow !== undefined) break;
    }
    return { rows, completed, ...(bodyFailure !== undefined && { bodyFailure }) };
  };

  const dueNow = (now: number, { ahead, only }: StepClients) =>
    queue.due(readHeads(), now, ahead).filter(({ client }) => only === undefined || client === only);

  const readHeads = (only?: ClientCode): readonly HeadBatch[] => {
    const heads = store.heads();
    if (held.size > 0) {
      const unfinished = new Set(heads.map((head) => head.sequence));
      // A dropped client takes its batches along.
      for (const sequence of held.keys()) if (!unfinished.has(sequence)) held.delete(sequence);
    }
    return only === undefined ? heads : heads.filter(({ client }) => client === only);
  };

  /**
   * The first whose body is in memory, or may be. Once one has to wait for room, nobody behind it takes that room: only
   * those pass that have theirs, or are done within their turn.
   */
  const nextTurn = (turns: readonly HeadBatch[]): HeadBatch | undefined => {
    const heldBytes = [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    let isRoomAwaited = false;
    return turns.find((head) => {
      if (held.has(head.sequence) || isOneSlice(head)) return true;
      const hasRoom = heldBytes === 0 || heldBytes + head.bodyBytes <= heldBytesMax;
      if (hasRoom && !isRoomAwaited) return true;
      isRoomAwaited = true;
      return false;
    });
  };

  const isSmall = (head: HeadBatch) => head.consumedCount === 0 && isOneSlice(head);
  const isOneSlice = (head: HeadBatch) => rowsLeft(head) <= sliceRowsMax && head.bodyBytes <= sliceBytesMax;

  const takeTurn = (head: HeadBatch, now: number): Turn => {
    const abandoned = (bodyFailure?: BodyFailure): Turn => {
      store.abandonBatch(head.sequence, now, bodyFailure);
      held.delete(head.sequence);
      return { kind: 'ended', rows: 0, bodyFailure };
    };
    if (head.sticks === true) return abandoned();
    // Settled by the first slice, whatever links appear later: consumedCount counts rows in that order.
    const order = head.order ?? (head.idKind === 'pcId' && store.hasLinks(head.client) ? 'arrival' : 'key');
    let known = held.get(head.sequence);
    if (known?.order !== order) {
      const body = store.readBody(head.sequence);
      if (body === undefined) return abandoned('body-missing');
      const opening = applyBatch(head, order, body, hash);
      held.set(head.sequence, (known = { order, bytes: head.bodyBytes, opening, batch: undefined }));
    }
    if (known.batch === undefined) {
      const { done: isRead, value } = known.opening.next();
      if (isRead !== true) return { kind: 'opening', rows: 0 };
      if (value === undefined) return abandoned('body-damaged');
      known.batch = value;
    }
    const { slice, rows } = known.batch.slice(head, now, { sliceRowsMax, sliceBytesMax });
    store.applySlice(slice);
    if (slice.last) held.delete(head.sequence);
    return { kind: slice.last ? 'ended' : 'sliced', rows };
  };

  /** `letGo` closes what is open between two steps; the next one opens it again. */
  return Object.assign(step, { letGo: stepFile.letGo });
}

/** A batch costs more than its rows: a step of nothing but tiny ones is bounded by their number. */
const BATCHES_PER_STEP_MAX = 100;

const NOTHING_APPLIED: Applied = { rows: 0, completed: [] };

/** Reclaiming waits for a quiet moment, but not for ever. */
const STEPS_PER_SWEEP = 16;

const rowsLeft = (head: HeadBatch): number => head.batchSize - head.consumedCount;
