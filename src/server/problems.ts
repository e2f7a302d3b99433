/** What does not work just now and is survived: told once, until it works again, and listed by the health meanwhile. */
import { mayPass, reasonOf } from './runtime/emulator-error.ts';
import { type VerbName, type Writer, writerOf } from './store/verbs.ts';

/** The journal, the data directory, the socket; `bodies` once a batch's body was lost or damaged, until the restart. */
export type ProblemPart = 'journal' | 'data' | 'bodies' | 'socket';

export interface PartProblem {
  readonly part: ProblemPart;
  /** What happened and what to do, or that it works again. */
  readonly message: string;
  readonly isOver: boolean;
}

export type Problems = ReturnType<typeof problemsTold>;

export function problemsTold(tell: (problem: PartProblem) => void) {
  const now = new Set<ProblemPart>();
  return {
    /** Of a part that does not work; nothing more is said of it until it does. */
    note(part: ProblemPart, error: unknown): void {
      if (now.has(part)) return;
      now.add(part);
      tell({ part, message: reasonOf(error), isOver: false });
    },
    /** It works, as ever or again. */
    over(part: ProblemPart): void {
      if (now.delete(part)) tell({ part, message: 'Works again.', isOver: true });
    },
    parts: (): readonly ProblemPart[] => [...now],
  };
}

/**
 * A writer whose failures are noted: the data cannot be written just now, or can again. While rows cannot be applied, only a
 * step that succeeds says so, since less may find room.
 */
export function watchedWriter(writer: Writer, problems: Pick<Problems, 'note' | 'over'>): Writer {
  let canStep = true;
  return writerOf(async (name, args) => {
    try {
      const result = await writer[name](...args);
      canStep ||= name === 'step';
      if (canStep && !KEEPS_NOTHING.has(name)) problems.over('data');
      return result;
    } catch (error) {
      if (mayPass(error)) {
        canStep &&= name !== 'step';
        problems.note('data', error);
      }
      throw error;
    }
  });
}

/** Verbs whose success says nothing of the data. */
const KEEPS_NOTHING: ReadonlySet<VerbName> = new Set<VerbName>(['takeSnapshot', 'dropSnapshot', 'close']);
