/** The form reading of a body (our-body-reading) as a transform of bytes: what comes out is read by the ordinary grammar. */
import { type LineState, ourBodyReading, ourLineEnds } from '../rules/request-format.ts';
import { isRow } from './row-finder.ts';

/**
 * Give it what follows `batch=`. The parameter ends at the first raw `&`. `note` hears, once for each cell of the raw
 * file up to there, where the two readings differ (enc-two-readings): nothing of it is left to see afterwards.
 */
export function formBody(note: (row: number, column: number) => void) {
  const output = new Uint8Array(PIECE_BYTES * GROWTH_MAX + ESCAPE_BYTES);
  const position = rawPosition(note);
  /** How much of an escape has been read: `%`, `%0`, `%2`. It stands in `held` and not yet in the output. */
  let held: readonly number[] = [];
  let isOver = false;

  const rewrite = (piece: Uint8Array): Uint8Array => {
    let length = 0;
    const put = (bytes: Iterable<number>) => {
      for (const byte of bytes) output[length++] = byte;
    };
    for (const byte of piece) {
      if (held.length > 0) {
        const decoded = held.length === 2 ? ESCAPES.get(held[1]! * 256 + byte) : undefined;
        if (decoded !== undefined) {
          position.differs();
          position.move(byte);
          output[length++] = decoded;
          held = [];
          continue;
        }
        if (held.length === 1 && ESCAPE_STARTS.has(byte)) {
          position.move(byte);
          held = [PERCENT, byte];
          continue;
        }
        put(held);
        held = [];
      }
      if (byte === AMPERSAND) {
        position.differs();
        isOver = true;
        break;
      }
      if (byte === PLUS) position.differs();
      position.move(byte);
      if (byte === PERCENT) held = [PERCENT];
      else if (byte === PLUS) put(BLANK_ESCAPE);
      else output[length++] = byte;
    }
    return output.subarray(0, length);
  };

  return {
    /** The rewritten bytes, piece by piece; a piece is overwritten by the next one. */
    *write(block: Uint8Array): Generator<Uint8Array, void> {
      for (let start = 0; start < block.length && !isOver; start += PIECE_BYTES) {
        yield rewrite(block.subarray(start, start + PIECE_BYTES));
      }
    },
    /** What was held back of an escape cut by the end. */
    end(): Uint8Array {
      const rest = Uint8Array.from(held);
      held = [];
      return rest;
    },
  };
}

const PIECE_BYTES = 64 * 1024;
const ESCAPE_BYTES = 3;
/** `+` becomes `%20`. */
const GROWTH_MAX = 3;

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const COMMA = 0x2c;
const LF = 0x0a;

/** The rule says what each unit becomes; here it is only looked up by its bytes. */
const BLANK_ESCAPE = Buffer.from(ourBodyReading.decide('form', '+'));
const ESCAPE_STARTS: ReadonlySet<number> = new Set([0x30, 0x32]);
/** By the two digits of an escape. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  ['%2C', '%2c', '%0A', '%0a', '%0D', '%0d'].map((unit) => [
    unit.charCodeAt(1) * 256 + unit.charCodeAt(2),
    ourBodyReading.decide('form', unit).charCodeAt(0),
  ]),
);

/** Follows rows and columns of the raw file: row 0 is the header row, blank lines are none. */
function rawPosition(note: (row: number, column: number) => void) {
  let row = 0;
  let column = 1;
  let line: LineState = 'blank';
  let isNoted = false;
  return {
    move(byte: number): void {
      if (byte === LF) {
        if (isRow(line)) row += 1;
        line = 'blank';
        column = 1;
        isNoted = false;
        return;
      }
      if (!isRow(line)) line = ourLineEnds.decide(line, byte);
      if (byte !== COMMA) return;
      column += 1;
      isNoted = false;
    },
    differs(): void {
      if (!isNoted) note(row, column);
      isNoted = true;
    },
  };
}
