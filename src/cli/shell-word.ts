/** Printed commands must work when pasted into a POSIX shell. */

/** An argument that a shell reads as one word. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command of ours as it must be typed here; `name` is the environment's `command`. */
export function asTyped(command: string, name: string): string {
  return command.replace(/^tpe /, `${name} `);
}
