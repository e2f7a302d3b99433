/** A refusal under `/m2` as a reply: the message, the status code its rule calls for, and the rule's id. */
import { ourContentType, ourMessageTexts, ourRejectionStatus } from '../../protocol/rules/index.ts';
import type { Rejection, Settings } from '../../protocol/vocabulary/index.ts';
import { submitRejected } from '../../protocol/wire/index.ts';
import { ruleCause } from './cause.ts';
import { Reply } from './reply.ts';

/** `render` makes the XML of the message; by default it is that of a submission. */
export function refused(
  rejection: Rejection,
  { rejectionStatus }: Pick<Settings, 'rejectionStatus'>,
  render: (message: string) => string = submitRejected,
): Reply {
  const allow = rejection.rule === 'ep-post-only' ? { allow: 'POST' } : {};
  return xmlReply(
    render(ourMessageTexts.decide(rejection)),
    { ...ruleCause(rejection.rule), ...allow },
    ourRejectionStatus.decide(rejection, rejectionStatus),
  );
}

/** A reply under `/m2`. */
export function xmlReply(xml: string, headers: Readonly<Record<string, string>> = {}, status = 200): Reply {
  const length = String(Buffer.byteLength(xml));
  return new Reply(status, { 'content-type': ourContentType.decide('/m2'), 'content-length': length, ...headers }, xml);
}
