/** Reads a batch file's first line: which id the rows are keyed by, and which attribute each column writes. */
import type { Diagnostic, Rejection, VisitorIdKind } from '../vocabulary/index.ts';
import { encTwoReadings, encUtf8Percent, ourTrimmedBlanks } from '../rules/encoding.ts';
import { hdrEncoded, hdrKeyFirst, hdrNameLen, hdrParamnameOnly, ourColumnNames } from '../rules/header-row.ts';

export interface HeaderRow {
  readonly kind: 'header';
  readonly idKind: VisitorIdKind;
  /** The names the rows write, each once, in the order of their first columns. */
  readonly attributes: readonly string[];
  /** For each column, counted from 0: an index into `attributes`, or -1 where cells are not read (the id, blank names). */
  readonly targets: Int32Array;
  readonly diagnostics: readonly Diagnostic[];
}

/** `line` is the first that is not blank, without `batch=` and without its line end. */
export function readHeaderRow(line: string): HeaderRow | Rejection {
  const cells = line.split(',');
  const names: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const name = encUtf8Percent.decide(ourTrimmedBlanks.decide(cell));
    const rejection = hdrEncoded.decide(name, index + 1);
    if (rejection !== undefined || name === undefined) return rejection!;
    names.push(name);
  }
  const idKind = hdrKeyFirst.decide(names[0]!);
  if (typeof idKind !== 'string') return idKind;

  const diagnostics: Diagnostic[] = [];
  const indexes = new Map<string, number>();
  const targets = new Int32Array(cells.length).fill(-1);
  for (const [index, name] of names.entries()) {
    const note = (rule: Diagnostic['rule']) => diagnostics.push({ rule, row: 0, column: index + 1 });
    if (encTwoReadings.decide(cells[index]!)) note('enc-two-readings');
    if (index === 0) continue;
    const oddity = ourColumnNames.decide(name, indexes);
    if (oddity !== 'plain') note('our-column-names');
    if (oddity === 'blank') continue;
    if (hdrParamnameOnly.decide(name)) note('hdr-paramname-only');
    if (hdrNameLen.decide(name)) note('hdr-name-len');
    if (!indexes.has(name)) indexes.set(name, indexes.size);
    targets[index] = indexes.get(name)!;
  }
  return { kind: 'header', idKind, attributes: [...indexes.keys()], targets, diagnostics };
}
