/** Ends a switch over a union: the compiler refuses the call while a member is left over. */
export function unreachable(value: never): never {
  throw new Error(`This value should not exist: ${JSON.stringify(value)}`);
}
