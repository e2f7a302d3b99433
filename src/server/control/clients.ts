/** Client codes: what there is, dropping one with all it owns, and letting its waiting batches go. */
import { ownJson } from '../http/own-error.ts';
import type { Services } from '../http/services.ts';
import { controlClient } from './control-input.ts';

export function listClients({ reader }: Services): Response {
  return ownJson({ clients: reader.clients() });
}

/** Also where there is none: gone is gone. */
export async function dropClient(
  { writer, rateLimiter, accountCalls, faults, journal, kick }: Services,
  code: string,
): Promise<Response> {
  const client = controlClient(code);
  if (client instanceof Response) return client;
  await writer.dropClient(client);
  rateLimiter.forget(client);
  accountCalls.forget(client);
  faults.forget(client);
  journal?.clear(client);
  kick();
  return new Response(null, { status: 204 });
}

/** Makes the client's batches due now, whatever their pace. */
export async function releaseClient({ writer, clock, kick }: Services, code: string): Promise<Response> {
  const client = controlClient(code);
  if (client instanceof Response) return client;
  await writer.releaseBatches(clock.now(), client);
  kick();
  return new Response(null, { status: 204 });
}
