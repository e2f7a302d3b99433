/** The end of a switch over a union: the compiler proves that nobody gets here. */

export function unreachable(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}
