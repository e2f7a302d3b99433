/** Every route of the emulated API. */
import { showBatchStatus } from './batch-status.ts';
import { takeBatch } from './batch-update.ts';
import { fetchProfile } from './profile-fetch.ts';
import { newRoutes, type Routes } from './routes.ts';
import type { Services } from './services.ts';
import { updateProfile } from './single-update.ts';

export function apiRoutes(services: Services): Routes {
  return (
    newRoutes()
      // Every method, since which one it must be is a rule. Of two routes that both match Hono would make a chain.
      .all('/m2/:client/profile/batchUpdate', (c) => takeBatch(services, c, 'v1', c.req.param('client')))
      .all('/m2/:client/v2/profile/batchUpdate', (c) => takeBatch(services, c, 'v2', c.req.param('client')))

      .get('/m2/:client/profile/batchStatus', (c) => showBatchStatus(services, c, c.req.param('client')))
      .get('/m2/:client/v2/profile/batchStatus', (c) => showBatchStatus(services, c, c.req.param('client')))

      .get('/m2/:client/profile/update', (c) => updateProfile(services, c, 'GET', c.req.param('client')))
      .post('/m2/:client/profile/update', (c) => updateProfile(services, c, 'POST', c.req.param('client')))

      .get('/rest/v1/profiles/thirdPartyId/:id', (c) => fetchProfile(services, c, 'thirdPartyId'))
      .get('/rest/v1/profiles/:id', (c) => fetchProfile(services, c, 'pcId'))
  );
}
