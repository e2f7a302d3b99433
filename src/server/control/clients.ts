/** Client codes: what there is, dropping one with all it owns, and letting its waiting batches go. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { Services } from '../http/services.ts';
import { controlClient } from './control-input.ts';

export function listClients({ reader }: Services): Reply {
  return ownJson({ clients: reader.clients() });
}

/** A fresh client code, another one at each call. */
export function newClient({ clientCodes }: Services): Reply {
  return ownJson({ client: clientCodes.next() }, 201);
}

/** Also where there is none: gone is gone. */
export async function dropClient(services: Services, code: string): Promise<Reply> {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  await dropClientCode(services, client);
  return new Reply(204);
}

/** All it owns is out of sight at once, however much it is; the space is reclaimed by later steps. */
export async function dropClientCode(
  { writer, rateLimiter, accountCalls, faults, journal, kick }: Services,
  client: ClientCode,
): Promise<void> {
  await writer.dropClient(client);
  rateLimiter.forget(client);
  accountCalls.forget(client);
  faults.forget(client);
  journal?.clear(client);
  kick();
}

/** Makes the client's batches due now, whatever their pace. */
export async function releaseClient({ writer, clock, kick }: Services, code: string): Promise<Reply> {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  await writer.releaseBatches(clock.now(), client);
  kick();
  return new Reply(204);
}
