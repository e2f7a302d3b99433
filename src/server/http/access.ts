/** Whether a call may come in: for a client code that nobody knows, or without the token its account asks for (err-auth-403). */
import { authHeaderBearer, errAuth403, ourUnknownClient, type ShownToken } from '../../protocol/rules/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import type { Operation } from '../faults/fault.ts';
import type { EmulatorContext } from './emulator-env.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** Calls that bring a client code into being, and calls of pages, which have no tokens. */
const CREATING: ReadonlySet<Operation> = new Set(['submit', 'delivery', 'mbox']);
const OPEN: ReadonlySet<Operation> = new Set(['delivery', 'mbox']);

export function refusedAccess(
  { reader, clocks }: Services,
  c: EmulatorContext,
  operation: Operation,
  { client, settings: { unknownClients, authentication }, isKnown }: ResolvedClient,
): Rejection | undefined {
  const unknown = CREATING.has(operation)
    ? ourUnknownClient.decide({ known: isKnown, reading: unknownClients })
    : undefined;
  if (unknown !== undefined || authentication === 'off' || OPEN.has(operation)) return unknown;
  const shown = shownToken(c)?.token;
  const issued = shown === undefined ? undefined : reader.token(client, 'profile_api');
  const judged = (): ShownToken => {
    if (shown === undefined) return 'none';
    if (issued?.value !== shown) return 'wrong';
    return clocks.now(client) < issued.expiresAt ? 'valid' : 'expired';
  };
  return errAuth403.decide(judged(), authentication);
}

export function shownToken({ req: { raw } }: EmulatorContext) {
  return authHeaderBearer.decide({
    authorization: raw.headers.get('authorization'),
    accessToken: raw.headers.get('access_token'),
  });
}
