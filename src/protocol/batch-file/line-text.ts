/** Turns the bytes of lines into text, where they are UTF-8, and a cell of it into what it says. */
import { isAscii, isUtf8 } from 'node:buffer';
import { encUtf8Percent, ourTrimmedBlanks } from '../rules/encoding.ts';

/** Methods of Node's Buffer that its type declarations leave out; they skip the look at the encoding's name. */
type SlicingBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
};

/** Of a line that is no text one character for each byte: all syntax is ASCII, so that its cells and escapes can still be seen. */
export type LineText = string | { readonly latin1: string };

/** The line between two offsets of these bytes. */
export function lineReader(bytes: Uint8Array): (start: number, end: number) => LineText {
  const buffer = asBuffer(bytes) as SlicingBuffer;
  // Well-formed files are ASCII throughout. A line feed is never part of a longer character: rows can be judged alone.
  if (isAscii(buffer)) return (start, end) => buffer.latin1Slice(start, end);
  const isAllUtf8 = isUtf8(buffer);
  return (start, end) =>
    isAllUtf8 || isUtf8(buffer.subarray(start, end))
      ? buffer.utf8Slice(start, end)
      : { latin1: buffer.latin1Slice(start, end) };
}

/** The same memory: a Buffer finds a byte and makes a text much faster. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A cell trimmed and decoded; undefined where it cannot be decoded. */
export const readCell = (raw: string): string | undefined => encUtf8Percent.decide(ourTrimmedBlanks.decide(raw));
