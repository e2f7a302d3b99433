/** A request that was refused or met a fault, as one line of the emulator's log. */
import type { RefusedRequest } from '../server/index.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** `10:30:00 demo POST /m2/demo/v2/profile/batchUpdate 413 rule/lim-file-size: The body exceeds …` */
export function refusedLine(
  { at, method, target, client, status, cause, reason }: RefusedRequest,
  style: Style,
): string {
  const time = new Date(at).toISOString().slice(11, 19);
  const whom = [...(client === undefined ? [] : [client]), method, target].map(printable).join(' ');
  const how = status === undefined ? 'no reply' : String(status);
  const why = cause === undefined ? '' : ` ${cause}`;
  return `${style.dim(time)} ${whom} ${style.yellow(`${how}${why}`)}: ${printable(reason)}`;
}
