/** Every route of our own API: what the real service never tells, and what tests need. */
import { Hono } from 'hono';
import { ownError } from '../http/own-error.ts';
import type { EmulatorHono } from '../http/request-env.ts';
import type { Services } from '../http/services.ts';
import { listBatches, showBatch, showBatchRows } from './batches.ts';
import { dropClient, listClients, releaseClient } from './clients.ts';
import { replaceFaults, showFaults } from './faults.ts';
import { showHealth } from './health.ts';
import { clearJournal, showJournal, verifyJournal } from './journal.ts';
import { listProfiles, seedProfiles } from './profiles.ts';
import { changeSettings, showSettings } from './settings.ts';
import { recordVisit } from './visits.ts';

export function controlRoutes(services: Services): Hono<EmulatorHono> {
  return new Hono<EmulatorHono>({ strict: true })
    .get('/health', () => showHealth(services))
    .get('/batches', (c) => listBatches(services, c))
    .get('/batches/:batchId', (c) => showBatch(services, c.req.param('batchId')))
    .get('/batches/:batchId/rows', (c) => showBatchRows(services, c, c.req.param('batchId')))
    .get('/clients', () => listClients(services))
    .delete('/clients/:client', (c) => dropClient(services, c.req.param('client')))
    .post('/clients/:client/release', (c) => releaseClient(services, c.req.param('client')))
    .get('/clients/:client/settings', (c) => showSettings(services, c.req.param('client')))
    .put('/clients/:client/settings', (c) => changeSettings(services, c, c.req.param('client')))
    .get('/clients/:client/profiles', (c) => listProfiles(services, c, c.req.param('client')))
    .post('/clients/:client/profiles', (c) => seedProfiles(services, c, c.req.param('client')))
    .post('/clients/:client/visits', (c) => recordVisit(services, c, c.req.param('client')))
    .get('/faults', () => showFaults(services))
    .put('/faults', (c) => replaceFaults(services, c))
    .get('/clients/:client/faults', (c) => showFaults(services, c.req.param('client')))
    .put('/clients/:client/faults', (c) => replaceFaults(services, c, c.req.param('client')))
    .get('/journal', (c) => showJournal(services, c))
    .delete('/journal', (c) => clearJournal(services, c))
    .post('/verify', (c) => verifyJournal(services, c))
    .notFound((c) =>
      ownError({ status: 404, code: 'not-found', message: `the control API has no ${c.req.method} ${c.req.path}.` }),
    );
}
