/** Printed commands must work when pasted into a POSIX shell. */

import { printable } from './printable.ts';

/** An argument that a shell reads as one word. */
export function shellWord(text: string): string {
  // Whoever pastes it gets the same bytes, and whoever sees it none that a terminal acts on (`$'…'` is POSIX of 2024).
  if (printable(text) !== text) return `$'${[...Buffer.from(text)].map(quotedByte).join('')}'`;
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const quotedByte = (byte: number) =>
  /[\w./:=@%+,-]/.test(String.fromCharCode(byte))
    ? String.fromCharCode(byte)
    : `\\x${byte.toString(16).padStart(2, '0')}`;

/** A command of ours as it must be typed here; `name` is the environment's `command`. */
export function asTyped(command: string, name: string): string {
  return command.replace(/^tpe /, `${name} `);
}
