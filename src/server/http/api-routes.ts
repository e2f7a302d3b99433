/** Every route of the emulated API, and the operation it belongs to. */
import { Hono, type MiddlewareHandler } from 'hono';
import type { KnownIdKind } from '../../protocol/vocabulary/index.ts';
import { showBatchStatus } from './batch-status.ts';
import { takeBatch } from './batch-update.ts';
import { callMbox, deliver } from './delivery.ts';
import type { EmulatorEnv } from './emulator-env.ts';
import { operation } from './operation.ts';
import { fetchProfile } from './profile-fetch.ts';
import type { Services } from './services.ts';
import { updateProfile } from './single-update.ts';

type OtherIdKind = Exclude<KnownIdKind, 'pcId'>;
const isOtherId = (kind: string): kind is OtherIdKind => kind === 'thirdPartyId' || kind === 'marketingCloudVisitorId';
const byOtherId: MiddlewareHandler<EmulatorEnv, '/rest/v1/profiles/:kind/:id'> = async (c, next) =>
  isOtherId(c.req.param('kind')) ? next() : c.notFound();

export function apiRoutes(services: Services) {
  const submit = (clientFromEnd: number) => operation(services, 'submit', clientFromEnd);
  const status = (clientFromEnd: number) =>
    operation<{ in: { query: { batchId: string; showDetails?: string } } }>(services, 'status', clientFromEnd);
  const update = operation<{ in: { query: Record<string, string> } }>(services, 'update', 3);
  const fetch = operation<{ in: { query: { client: string } } }>(services, 'fetch');
  const delivery = operation<{ in: { query: { sessionId: string; client?: string; imsOrgId?: string } } }>(
    services,
    'delivery',
  );
  const mbox = operation<{ in: { query: Record<string, string> } }>(services, 'mbox', 3);
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
      .get('/rest/v1/profiles/:kind/:id', byOtherId, fetch, (c) =>
        fetchProfile(services, c, c.req.param('kind') as OtherIdKind),
      )

      .post('/rest/v1/delivery', delivery, (c) => deliver(services, c))
      .get('/m2/:client/mbox/json', mbox, (c) => callMbox(services, c, 'GET'))
      .post('/m2/:client/mbox/json', mbox, (c) => callMbox(services, c, 'POST'))
  );
}
