/** Every route of the emulated API. */
import { Hono } from 'hono';
import { showBatchStatus } from './batch-status.ts';
import { refuseMethod, takeBatch } from './batch-update.ts';
import { fetchProfile } from './profile-fetch.ts';
import type { EmulatorHono } from './request-env.ts';
import type { Services } from './services.ts';
import { updateProfile } from './single-update.ts';

export function apiRoutes(services: Services): Hono<EmulatorHono> {
  return new Hono<EmulatorHono>()
    .post('/m2/:client/profile/batchUpdate', (c) => takeBatch(services, c, 'v1', c.req.param('client')))
    .post('/m2/:client/v2/profile/batchUpdate', (c) => takeBatch(services, c, 'v2', c.req.param('client')))
    .all('/m2/:client/profile/batchUpdate', (c) => refuseMethod(services, c.req.method))
    .all('/m2/:client/v2/profile/batchUpdate', (c) => refuseMethod(services, c.req.method))

    .get('/m2/:client/profile/batchStatus', (c) => showBatchStatus(services, c, c.req.param('client')))
    .get('/m2/:client/v2/profile/batchStatus', (c) => showBatchStatus(services, c, c.req.param('client')))

    .get('/m2/:client/profile/update', (c) => updateProfile(services, c, 'GET', c.req.param('client')))
    .post('/m2/:client/profile/update', (c) => updateProfile(services, c, 'POST', c.req.param('client')))

    .get('/rest/v1/profiles/thirdPartyId/:id', (c) => fetchProfile(services, c, 'thirdPartyId'))
    .get('/rest/v1/profiles/:id', (c) => fetchProfile(services, c, 'pcId'));
}
