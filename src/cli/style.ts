/** Colour where it helps and is wanted, plain text elsewhere. */
import { styleText } from 'node:util';

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
export type Style = Readonly<Record<Format, (text: string) => string>>;

export function styleFor(colour: boolean): Style {
  const paint = (format: Format) => (text: string) =>
    // The stream has been judged already: the caller says.
    colour && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow') };
}
