/** Faults: shown, and replaced as a whole. */
import { faultSetSchema } from '../faults/fault-set.ts';
import { FAULTED_CLIENTS_MAX } from '../faults/fault-book.ts';
import { ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { badInput, controlBody, controlClient } from './control-input.ts';

/** Those for all client codes, or one's own. */
export function showFaults({ faults }: Services, code?: string): Reply {
  const client = code === undefined ? undefined : controlClient(code);
  if (client instanceof Reply) return client;
  return ownJson(faults.get(client));
}

/** `{}` means none. Batches accepted before keep what they were given. */
export async function replaceFaults({ faults }: Services, c: EmulatorContext, code?: string): Promise<Reply> {
  const client = code === undefined ? undefined : controlClient(code);
  if (client instanceof Reply) return client;
  const set = await controlBody(c, faultSetSchema);
  if (set instanceof Reply) return set;
  if (faults.set(set, client) === 'too-many-clients') {
    const message = `${FAULTED_CLIENTS_MAX} client codes have faults of their own already; drop some`;
    return badInput([{ path: 'client', message }]);
  }
  return ownJson(faults.get(client));
}
