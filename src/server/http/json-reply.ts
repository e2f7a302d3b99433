/** A reply under `/rest` or of an mbox call, as JSON. */
import { ourContentType } from '../../protocol/rules/index.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { PROTECTIVE_HEADERS } from './protective-headers.ts';
import { respond } from './reply.ts';

export function jsonReply(
  c: EmulatorContext,
  json: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const length = String(Buffer.byteLength(json));
  const text = { 'content-type': ourContentType.decide('/rest'), 'content-length': length };
  return respond(c, { status, headers: { ...text, ...PROTECTIVE_HEADERS, ...headers }, text: json });
}
