/** Which requests are worth a line of the log, and what the line says of them. */
import { describeRule } from '../../protocol/rules/index.ts';
import type { RefusedRequest } from '../emulator-events.ts';
import { shownPath, writtenPath } from '../journal/written-target.ts';
import type { Call } from './call.ts';
import { unserved } from './unserved.ts';

/**
 * Refused, met by a fault, cut, a single update, or taken with a warning; undefined for all others. The query may hold
 * personal data: left out. `text` is the reply's, where it is at hand.
 */
export function noted(
  call: Call,
  asked: { readonly at: number; readonly method: string; readonly keepsValues: boolean },
  { status, cause, text }: Pick<RefusedRequest, 'status' | 'cause'> & { readonly text: string | undefined },
): RefusedRequest | undefined {
  const { at, method, keepsValues } = asked;
  const isRefused = cause !== undefined || status === undefined || status >= 400 || call.faults.length > 0;
  if (!isRefused && call.operation !== 'update' && call.remedy === undefined) return undefined;
  // Words of the API end without a full stop.
  const reasons = [
    ...(call.faults.length === 0 ? [] : [`On purpose: fault ${call.faults.join(', ')}.`]),
    call.refusal ?? ownMessage(keepsValues ? text : withoutIds(method, call, text)) ?? ruleSentence(cause),
    call.remedy,
  ].flatMap((reason) => (reason === undefined ? [] : [reason.replace(/(?<![.!?])$/, '.')]));
  const otherwise = status === undefined ? 'The connection ended before the request was complete.' : 'A single update.';
  return {
    at,
    method,
    target: writtenPath(call, keepsValues),
    client: call.client,
    status,
    cause,
    reason: reasons.length === 0 ? otherwise : reasons.join(' '),
  };
}

/** The sender's reply says its path as it came. */
function withoutIds(method: string, { url: { pathname } }: Call, text: string | undefined) {
  if (text !== unserved(method, pathname).text) return text;
  return unserved(method, pathname, shownPath).text;
}

const ruleSentence = (cause: string | undefined) => {
  const rule = /^rule\/([\w-]+)/.exec(cause ?? '')?.[1];
  return rule === undefined ? undefined : describeRule(rule);
};

/** The sentence in an error of our own shape. */
function ownMessage(text: string | undefined): string | undefined {
  const message = /"message":("target-profile-emulator: (?:[^"\\]|\\.)*")/.exec(text ?? '')?.[1];
  return message === undefined ? undefined : String(JSON.parse(message)).replace('target-profile-emulator: ', '');
}
