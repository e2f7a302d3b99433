/** How each operation says no: in which words and under which status code. */
import {
  bodyCtypeForm,
  errDelivery400,
  errFetchBadclient,
  ourMessageTexts,
  ourRejectionStatus,
} from '../../protocol/rules/index.ts';
import type { Rejection, Settings } from '../../protocol/vocabulary/index.ts';
import { deliveryErrorJson, fetchErrorJson, singleUpdateRejected, submitRejected } from '../../protocol/wire/index.ts';
import type { Operation } from '../faults/fault.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { remedyFor } from './remedies.ts';
import { type Headers, jsonReply, type Reply, xmlReply, ruleCause } from './reply.ts';

interface Manner {
  readonly reply: (status: number, message: string, headers: Headers) => Reply;
  readonly status: (rejection: Rejection, settings: Settings) => number;
}

const inXml = (text: (message: string) => string): Manner => ({
  reply: (status, message, headers) => xmlReply(text(message), status, headers),
  status: (rejection, { rejectionStatus }) => ourRejectionStatus.decide(rejection, rejectionStatus),
});
const inJson = (text: (status: number, message: string) => string, status: Manner['status']): Manner => ({
  reply: (code, message, headers) => jsonReply(text(code, message), code, headers),
  status,
});
const OF_DELIVERY = inJson(deliveryErrorJson, ({ rule }) => errDelivery400.decide(rule));

const MANNERS: Readonly<Record<Operation, Manner>> = {
  submit: inXml(submitRejected),
  status: inXml(submitRejected),
  update: inXml(singleUpdateRejected),
  fetch: inJson(fetchErrorJson, (rejection) => ourRejectionStatus.decide(rejection, errFetchBadclient.decide())),
  delivery: OF_DELIVERY,
  mbox: OF_DELIVERY,
};

/** In an operation's own shape; `rule` says in whose words. */
export function refusal(
  operation: Operation,
  status: number,
  { rule, message }: Omit<Rejection, 'kind'>,
  headers: Headers = {},
): Reply {
  return MANNERS[operation].reply(status, ourMessageTexts.decide({ kind: 'rejection', rule, message }), headers);
}

/** `text` is said in place of what the operation says otherwise. */
export type Refusal = Rejection & { readonly text?: string };

const ENCODED = 'The body has a Content-Encoding and is not unpacked here: send it as it is.';

/** With the rule's id and what helps, which the journal is told as well. */
export function refused(c: EmulatorContext, operation: Operation, given: Refusal, settings: Settings): Reply {
  const call = c.get('call');
  const { rule, message } = given;
  call.refusal = message;
  const type = c.req.header('content-type');
  const start = operation === 'submit' ? call.bodyStart : undefined;
  const judged = bodyCtypeForm.decide(type, settings.contentTypes);
  const encoding = operation === 'submit' ? undefined : c.req.header('content-encoding');
  call.remedy =
    encoding && encoding !== 'identity'
      ? ENCODED
      : remedyFor(rule, settings.body, type, start, judged !== undefined && 'kind' in judged);
  const headers = {
    ...ruleCause(rule),
    ...(rule === 'ep-post-only' && { allow: 'POST' }),
    ...(call.remedy !== undefined && { 'x-emulator-hint': call.remedy }),
  };
  const status = MANNERS[operation].status(given, settings);
  return given.text === undefined ? refusal(operation, status, given, headers) : xmlReply(given.text, status, headers);
}
