/** Tables for the terminal: no lines, words whole, and no wider than it, whatever the script. */
import stringWidth from 'string-width';
import type { Style } from './printable.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Text is wrapped at this width, and sooner where the terminal is narrow. */
  readonly width?: number;
}

/** Of numbers. */
export const right = (head: string): Column => ({ head, align: 'right' });

type Row = readonly string[];

const GAP = 2;

/** Ends with a line end. Where the longest words alone are too wide, each row is a block of its own, a line for each column. */
export function renderTable(heads: readonly (Column | string)[], rows: readonly Row[], style: Style): string {
  const columns = heads.map((head) => (typeof head === 'string' ? { head } : head));
  const widths = fittedWidths(columns, rows, style.columns);
  if (widths === undefined) return rows.map((row) => block(columns, row, style)).join('\n');
  const first = columns.map(({ head }) => style.bold(head));
  return [first, ...rows].map((row) => tableRow(columns, widths, row)).join('');
}

/** The widest column gives way first, down to its longest word; undefined where that is not enough. */
function fittedWidths(columns: readonly Column[], rows: readonly Row[], limit: number): readonly number[] | undefined {
  const cells = columns.map(({ head }, index) => [head, ...rows.map((row) => row[index] ?? '')]);
  const least = cells.map((texts) => widest(texts.flatMap(wordsOf)));
  const widths = cells.map((texts, index) => {
    const natural = widest(texts.flatMap((text) => text.split('\n')));
    return Math.max(least[index]!, Math.min(columns[index]!.width ?? Infinity, natural));
  });
  let over = widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - limit;
  for (; over > 0; over -= 1) {
    const givingWay = [...widths.keys()].filter((index) => widths[index]! > least[index]!);
    const [widestOne] = givingWay.toSorted((a, b) => widths[b]! - widths[a]!);
    if (widestOne === undefined) return undefined;
    widths[widestOne]! -= 1;
  }
  return widths;
}

function tableRow(columns: readonly Column[], widths: readonly number[], row: Row): string {
  const cells = widths.map((width, index) => wrapped(row[index] ?? '', width));
  const height = Math.max(...cells.map((lines) => lines.length));
  const line = (at: number) =>
    cells.map((lines, index) => padded(lines[at] ?? '', widths[index]!, columns[index]!.align)).join(' '.repeat(GAP));
  return Array.from({ length: height }, (_, at) => `${line(at).trimEnd()}\n`).join('');
}

function block(columns: readonly Column[], row: Row, style: Style): string {
  const margin = widest(columns.map(({ head }) => head)) + GAP;
  const lines = columns.flatMap(({ head }, index) => {
    const [first, ...more] = wrapped(row[index] ?? '', Math.max(1, style.columns - margin));
    return [style.bold(padded(head, margin)) + first, ...more.map((line) => ' '.repeat(margin) + line)];
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function wrapped(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const lines = [''];
    for (const word of wordsOf(line)) {
      const longer = lines.at(-1)! + word;
      if (stringWidth(longer.trimEnd()) <= width || lines.at(-1) === '') lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.map((each) => each.trimEnd());
  });
}

/** Each with the blanks behind it. An address may go on in the next line after a slash or a colon. */
function wordsOf(text: string): readonly string[] {
  const words = text.split(/(?<=\s)(?=\S)/);
  return words.flatMap((word) =>
    word.trimEnd().length > ADDRESS_LENGTH_MIN ? word.split(/(?<=[\w}][/?:])(?=[^/])/) : [word],
  );
}

const ADDRESS_LENGTH_MIN = 24;

const widest = (texts: Row) => Math.max(0, ...texts.map((text) => stringWidth(text.trimEnd())));

function padded(text: string, width: number, align?: Column['align']): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
