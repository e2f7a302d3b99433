/** Tables for the terminal: no lines, columns that line up whatever the script. */
import Table from 'cli-table3';
import type { Style } from './style.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Text is wrapped at this width. */
  readonly width?: number;
}

/** Ends with a line end. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): string {
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: columns.map((column) => (column.width === undefined ? null : column.width + 2)),
    wordWrap: true,
    head: columns.map((column) => style.bold(column.head)),
  });
  table.push(...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((place) => [place, '']),
);
