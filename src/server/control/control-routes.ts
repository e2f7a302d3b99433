/** Every route of our own API: what the real service never tells, and what tests need. */
import { ownJson } from '../http/own-error.ts';
import type { Reply } from '../http/reply.ts';
import type { Services } from '../http/services.ts';
import { listBatches, showBatch, showBatchRows } from './batches.ts';
import { advanceClock, changeClock, showClock } from './clock.ts';
import { dropClient, listClients, newClient, releaseClient } from './clients.ts';
import { drainAll, stepOnce } from './driving.ts';
import { showProfileExplanation, showRowExplanation } from './explain.ts';
import { replaceFaults, showFaults } from './faults.ts';
import { showHealth } from './health.ts';
import { changePace, releaseBatch, setBatchPace, showBatchPace, showPace } from './pace.ts';
import { clearJournal, showJournal, verifyJournal } from './journal.ts';
import { type ReplyRoutes, replyRoutes } from './reply-routes.ts';
import { listProfiles, seedProfiles } from './profiles.ts';
import { changeSettings, showSettings } from './settings.ts';
import { discardSnapshot, listSnapshots, restoreSnapshot, takeSnapshot } from './snapshots.ts';
import { recordVisit } from './visits.ts';

export function controlRoutes(services: Services): ReplyRoutes {
  return replyRoutes()
    .get('/health', () => showHealth(services))
    .get('/openapi.json', () => showOpenApi(services))
    .get('/batches', (c) => listBatches(services, c))
    .get('/batches/:batchId', (c) => showBatch(services, c.req.param('batchId')))
    .get('/batches/:batchId/rows', (c) => showBatchRows(services, c, c.req.param('batchId')))
    .get('/batches/:batchId/pace', (c) => showBatchPace(services, c.req.param('batchId')))
    .put('/batches/:batchId/pace', (c) => setBatchPace(services, c, c.req.param('batchId')))
    .post('/batches/:batchId/release', (c) => releaseBatch(services, c.req.param('batchId')))
    .get('/clock', () => showClock(services))
    .put('/clock', (c) => changeClock(services, c))
    .post('/clock/advance', (c) => advanceClock(services, c))
    .post('/step', () => stepOnce(services))
    .post('/drain', () => drainAll(services))
    .get('/snapshots', () => listSnapshots(services))
    .post('/snapshots', () => takeSnapshot(services))
    .post('/snapshots/:id/restore', (c) => restoreSnapshot(services, c.req.param('id')))
    .delete('/snapshots/:id', (c) => discardSnapshot(services, c.req.param('id')))
    .post('/clients', () => newClient(services))
    .get('/batches/:batchId/rows/:row', (c) => showRowExplanation(services, c.req.param('batchId'), c.req.param('row')))
    .get('/clients', () => listClients(services))
    .delete('/clients/:client', (c) => dropClient(services, c.req.param('client')))
    .post('/clients/:client/release', (c) => releaseClient(services, c.req.param('client')))
    .get('/clients/:client/pace', (c) => showPace(services, c.req.param('client')))
    .put('/clients/:client/pace', (c) => changePace(services, c, c.req.param('client')))
    .get('/clients/:client/settings', (c) => showSettings(services, c.req.param('client')))
    .put('/clients/:client/settings', (c) => changeSettings(services, c, c.req.param('client')))
    .get('/clients/:client/profiles', (c) => listProfiles(services, c, c.req.param('client')))
    .post('/clients/:client/profiles', (c) => seedProfiles(services, c, c.req.param('client')))
    .get('/clients/:client/profiles/:kind/:id/explain', (c) =>
      showProfileExplanation(services, c, c.req.param('client')),
    )
    .post('/clients/:client/visits', (c) => recordVisit(services, c, c.req.param('client')))
    .get('/faults', () => showFaults(services))
    .put('/faults', (c) => replaceFaults(services, c))
    .get('/clients/:client/faults', (c) => showFaults(services, c.req.param('client')))
    .put('/clients/:client/faults', (c) => replaceFaults(services, c, c.req.param('client')))
    .get('/journal', (c) => showJournal(services, c))
    .delete('/journal', (c) => clearJournal(services, c))
    .post('/verify', (c) => verifyJournal(services, c));
}

/** Loaded when asked for: it describes every reply, which takes a while and is seldom read. */
async function showOpenApi({ version }: Services): Promise<Reply> {
  const { openApiDocument } = await import('./openapi.ts');
  return ownJson(openApiDocument(version));
}
