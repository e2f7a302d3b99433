/** Every route of the emulated API, and the operation it belongs to. */
import { Hono, type MiddlewareHandler } from 'hono';
import { showBatchStatus } from './batch-status.ts';
import { takeBatch } from './batch-update.ts';
import type { EmulatorEnv } from './emulator-env.ts';
import { operation } from './operation.ts';
import { fetchProfile } from './profile-fetch.ts';
import type { Services } from './services.ts';
import { updateProfile } from './single-update.ts';

const byThirdPartyId: MiddlewareHandler<EmulatorEnv, '/rest/v1/profiles/:kind/:id'> = async (c, next) =>
  c.req.param('kind') === 'thirdPartyId' ? next() : c.notFound();

export function apiRoutes(services: Services) {
  const submit = (clientFromEnd: number) => operation(services, 'submit', clientFromEnd);
  const status = (clientFromEnd: number) =>
    operation<{ in: { query: { batchId: string; showDetails?: string } } }>(services, 'status', clientFromEnd);
  const update = operation<{ in: { query: Record<string, string> } }>(services, 'update', 3);
  const fetch = operation<{ in: { query: { client: string } } }>(services, 'fetch');
  return (
    new Hono<EmulatorEnv>()
      // Every method, since which one it must be is a rule. Of two routes that both match Hono would make a chain.
      .all('/m2/:client/profile/batchUpdate', submit(3), (c) => takeBatch(services, c, 'v1'))
      .all('/m2/:client/v2/profile/batchUpdate', submit(4), (c) => takeBatch(services, c, 'v2'))

      .get('/m2/:client/profile/batchStatus', status(3), (c) => showBatchStatus(services, c))
      .get('/m2/:client/v2/profile/batchStatus', status(4), (c) => showBatchStatus(services, c))

      .get('/m2/:client/profile/update', update, (c) => updateProfile(services, c, 'GET'))
      .post('/m2/:client/profile/update', update, (c) => updateProfile(services, c, 'POST'))

      .get('/rest/v1/profiles/:id', fetch, (c) => fetchProfile(services, c, 'pcId'))
      // A word beside a parameter is more than Hono's quick router can tell apart.
      .get('/rest/v1/profiles/:kind/:id', byThirdPartyId, fetch, (c) => fetchProfile(services, c, 'thirdPartyId'))
  );
}
