/** How output looks: colour where it helps and is wanted, and as wide as the terminal. */
import { styleText } from 'node:util';

const FORMATS = ['bold', 'dim', 'red', 'green', 'yellow'] as const;

export type Style = Readonly<Record<(typeof FORMATS)[number], (text: string) => string>> & {
  /** Of the terminal; 80 where there is none. */
  readonly columns: number;
};

export function styleFor(colour: boolean, columns = 80): Style {
  // The stream has been judged already: the caller says.
  const paint = FORMATS.map((format) => [
    format,
    (text: string) => (colour && text !== '' ? styleText(format, text, { validateStream: false }) : text),
  ]);
  return { ...(Object.fromEntries(paint) as Omit<Style, 'columns'>), columns };
}
