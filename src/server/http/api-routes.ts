/** Every route of the emulated API, and the operation it belongs to. */
import { Hono, type MiddlewareHandler } from 'hono';
import type { Api, KnownIdKind } from '../../protocol/vocabulary/index.ts';
import { showBatchStatus } from './batch-status.ts';
import { takeBatch } from './batch-update.ts';
import { callMbox, deliver } from './delivery.ts';
import type { EmulatorContext, EmulatorEnv } from './emulator-env.ts';
import { operation } from './operation.ts';
import { fetchProfile } from './profile-fetch.ts';
import type { Services } from './services.ts';
import { updateProfile } from './single-update.ts';

const isOtherId = (kind = '') => kind === 'thirdPartyId' || kind === 'marketingCloudVisitorId';
const otherKind = (c: EmulatorContext) => c.req.param('kind') as KnownIdKind;
const byOtherId: MiddlewareHandler<EmulatorEnv, '/rest/v1/profiles/:kind/:id'> = async (c, next) =>
  isOtherId(c.req.param('kind')) ? next() : c.notFound();

/** What a typed client has to give in the query. */
interface Query<Fields> {
  in: { query: Fields };
}

export function apiRoutes(services: Services) {
  const submit = (api: Api, clientFromEnd: number) => operation(services, 'submit', takeBatch(api), clientFromEnd);
  const status = (clientFromEnd: number) =>
    operation<Query<{ batchId: string; showDetails?: string }>>(services, 'status', showBatchStatus, clientFromEnd);
  const update = operation<Query<Record<string, string>>>(services, 'update', updateProfile, 3);
  const fetch = (kindOf: (c: EmulatorContext) => KnownIdKind) =>
    operation<Query<{ client: string }>>(services, 'fetch', fetchProfile(kindOf));
  const delivery = operation<Query<{ sessionId: string; client?: string; imsOrgId?: string }>>(
    services,
    'delivery',
    deliver,
  );
  const mbox = operation<Query<Record<string, string>>>(services, 'mbox', callMbox, 3);
  return (
    new Hono<EmulatorEnv>()
      // Every method, since which one it must be is a rule. Of two routes that both match Hono would make a chain.
      .all('/m2/:client/profile/batchUpdate', submit('v1', 3))
      .all('/m2/:client/v2/profile/batchUpdate', submit('v2', 4))

      .get('/m2/:client/profile/batchStatus', status(3))
      .get('/m2/:client/v2/profile/batchStatus', status(4))

      .get('/m2/:client/profile/update', update)
      .post('/m2/:client/profile/update', update)

      .get(
        '/rest/v1/profiles/:id',
        fetch(() => 'pcId'),
      )
      // A word beside a parameter is more than Hono's quick router can tell apart.
      .get('/rest/v1/profiles/:kind/:id', byOtherId, fetch(otherKind))

      .post('/rest/v1/delivery', delivery)
      .get('/m2/:client/mbox/json', mbox)
      .post('/m2/:client/mbox/json', mbox)
  );
}
