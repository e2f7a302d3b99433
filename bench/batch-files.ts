/** Seeded batch files of known shape, written to disk in pieces: the rows every measurement is about. */
import { closeSync, openSync, writeSync } from 'node:fs';

export interface Shape {
  readonly rows: number;
  /** Attribute columns in the header row. */
  readonly columns: number;
  /** Cells a row fills, spread over the columns. */
  readonly filled: number;
  /** Characters of a value before encoding. */
  readonly valueLength: number;
  /** Share of cells that hold something percent-encoded. */
  readonly encoded: number;
  /** Rows for each id, on average. */
  readonly rowsPerId: number;
  /** Changes the values and the order of the rows, not the ids: an update must not find them as they were written. */
  readonly seed: number;
  /** Ids are numbered from here, then scrambled, so that file order says nothing of key order. */
  readonly firstId: number;
  /** From one id's number to the next. */
  readonly idStride: number;
}

/** 500,000 rows of 8 short attributes, about 47 MB: the ordinary full batch. */
export const ORDINARY: Shape = {
  rows: 500_000,
  columns: 8,
  filled: 8,
  valueLength: 8,
  encoded: 0.1,
  rowsPerId: 1,
  seed: 1,
  firstId: 0,
  idStride: 1,
};

/** Other full batches, each hard in its own way; `rows` is what 50 MB allow. */
export const SHAPES = {
  'sparse: 100 attributes, 8 filled': { ...ORDINARY, rows: 265_000, columns: 100 },
  'long: values of 200 characters': { ...ORDINARY, rows: 29_000, valueLength: 200 },
  'encoded: every cell': { ...ORDINARY, rows: 420_000, encoded: 1 },
  'duplicates: 5 rows an id': { ...ORDINARY, rowsPerId: 5 },
} as const satisfies Record<string, Shape>;

export function writeBatchFile(path: string, shape: Shape): void {
  writeRows(path, shape, 'batch=');
}

/** The same as comma-separated values for the uploader: no prefix, and values as a person has them. */
export function writeCsv(path: string, shape: Shape): void {
  writeRows(path, shape, '', decodeURIComponent);
}

const PIECE_LENGTH = 1 << 20;

function writeRows(path: string, shape: Shape, prefix: string, spelled?: (cell: string) => string): void {
  const file = openSync(path, 'w', 0o600);
  const places = placesOf(shape);
  let piece = `${prefix}${headerRow(shape).join(',')}\n`;
  for (let row = 0; row < shape.rows; row += 1) {
    const line = cellsOf(row, places[row]!, shape).join(',');
    piece += `${spelled !== undefined && line.includes('%') ? spelled(line) : line}\n`;
    if (piece.length >= PIECE_LENGTH) {
      writeSync(file, piece);
      piece = '';
    }
  }
  writeSync(file, piece);
  closeSync(file);
}

export function headerRow({ columns }: Shape): string[] {
  return ['thirdPartyId', ...Array.from({ length: columns }, (_, index) => `attribute${index + 1}`)];
}

/** Which id each row has: every one once in an order of its own for each seed, or drawn with repetition. */
function placesOf({ rows, rowsPerId, seed }: Shape): Uint32Array {
  const places = new Uint32Array(rows);
  if (rowsPerId > 1) return places.map((_, row) => scramble(row + seed) % Math.ceil(rows / rowsPerId));
  for (let row = 0; row < rows; row += 1) {
    const other = scramble(row + seed * 15_485_863) % (row + 1);
    places[row] = places[other]!;
    places[other] = row;
  }
  return places;
}

function cellsOf(row: number, place: number, shape: Shape): string[] {
  const cells = Array.from({ length: shape.columns + 1 }, () => '');
  cells[0] = idOf(shape.firstId + place * shape.idStride);
  const stride = shape.columns / shape.filled;
  for (let index = 0; index < shape.filled; index += 1) {
    const draw = scramble((row * 31 + index * 7919 + shape.seed * 104_729) >>> 0);
    const column = 1 + Math.floor(index * stride) + (stride > 1 ? draw % Math.floor(stride) : 0);
    cells[column] = valueOf(draw, shape);
  }
  return cells;
}

/** A 14-character id; neighbours in number are strangers in order. */
export function idOf(number: number): string {
  return `crm-${scramble(number).toString(36).padStart(7, '0')}${(number % 46_656).toString(36).padStart(3, '0')}`;
}

function valueOf(draw: number, { valueLength, encoded }: Shape): string {
  const plain = draw.toString(36);
  const text = plain.repeat(Math.ceil(valueLength / plain.length)).slice(0, valueLength);
  return (draw % 1000) / 1000 < encoded ? `${text.slice(2)}%C3%A9` : text;
}

/** A bijection of 32-bit numbers (murmur's finaliser). */
function scramble(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
