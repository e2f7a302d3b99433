/** A refusal under `/m2` as a reply: the message, the status code its rule calls for, and the rule's id. */
import { ourMessageTexts, ourRejectionStatus } from '../../protocol/rules/index.ts';
import type { Rejection, Settings } from '../../protocol/vocabulary/index.ts';
import { submitRejected } from '../../protocol/wire/index.ts';
import { ruleCause } from './cause.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { remedyFor } from './remedies.ts';
import { xmlReply } from './reply.ts';

/** `render` makes the XML of the message; by default it is that of a submission. */
export function refused(
  c: EmulatorContext,
  rejection: Rejection,
  { rejectionStatus }: Pick<Settings, 'rejectionStatus'>,
  render: (message: string) => string = submitRejected,
): Response {
  const call = c.get('call');
  call.refusal = rejection.message;
  call.remedy = remedyFor(rejection.rule, { contentType: c.req.header('content-type'), start: call.bodyStart });
  const allow = rejection.rule === 'ep-post-only' ? { allow: 'POST' } : {};
  return xmlReply(
    c,
    render(ourMessageTexts.decide(rejection)),
    { ...ruleCause(rejection.rule), ...allow, ...(call.remedy !== undefined && { 'x-emulator-hint': call.remedy }) },
    ourRejectionStatus.decide(rejection, rejectionStatus),
  );
}
