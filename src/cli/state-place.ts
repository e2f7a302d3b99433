/** Which folder remembers jobs, and how a printed command names it. */
import { join, resolve } from 'node:path';
import type { Context } from './context.ts';
import { shellWord } from './shell-word.ts';

/** Undefined for `off`. */
export function statePlace(given: string | undefined, { directory, environment }: Context): string | undefined {
  if (given === 'off') return undefined;
  return given === undefined ? join(environment.stateHome, 'tpe') : resolve(directory, given);
}

/** Empty for the place that every shell of this user finds. */
export function stateFlag(place: string | undefined, { environment }: Context): string {
  if (place === undefined || place === join(environment.usualStateHome, 'tpe')) return '';
  return ` --state ${shellWord(place)}`;
}
