/** Colour where it helps and is wanted, plain text elsewhere. */

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
}

export function styleFor(colour: boolean): Style {
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      colour && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), green: paint(32, 39), yellow: paint(33, 39) };
}
