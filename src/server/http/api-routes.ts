/** Every route of the emulated API. */
import { type Handler, Hono } from 'hono';
import type { Api, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { showBatchStatus } from './batch-status.ts';
import { takeBatch } from './batch-update.ts';
import { fetchProfile } from './profile-fetch.ts';
import type { Reply } from './reply.ts';
import type { EmulatorHono, RequestContext } from './request-env.ts';
import type { Services } from './services.ts';
import { updateProfile } from './single-update.ts';

export function apiRoutes(services: Services): Hono<EmulatorHono> {
  const submit = (api: Api) => plain((c) => takeBatch(services, c, api, c.req.param('client')));
  const status = plain((c) => showBatchStatus(services, c, c.req.param('client')));
  const update = (method: 'GET' | 'POST') => plain((c) => updateProfile(services, c, method, c.req.param('client')));
  const fetch = (kind: VisitorIdKind) => plain((c) => fetchProfile(services, c, kind));
  return (
    new Hono<EmulatorHono>()
      // Every method, since which one it must be is a rule. Of two routes that both match Hono would make a chain.
      .all('/m2/:client/profile/batchUpdate', submit('v1'))
      .all('/m2/:client/v2/profile/batchUpdate', submit('v2'))

      .get('/m2/:client/profile/batchStatus', status)
      .get('/m2/:client/v2/profile/batchStatus', status)

      .get('/m2/:client/profile/update', update('GET'))
      .post('/m2/:client/profile/update', update('POST'))

      .get('/rest/v1/profiles/thirdPartyId/:id', fetch('thirdPartyId'))
      .get('/rest/v1/profiles/:id', fetch('pcId'))
  );
}

/** Hono hands on what a handler returns without looking at it; its types do not know that. */
function plain(
  handler: (c: RequestContext<'/:client'>) => Reply | Response | Promise<Reply | Response>,
): Handler<EmulatorHono> {
  return handler;
}
