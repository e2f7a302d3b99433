/** The Hono app: journal, guard, routes of both planes, and what becomes of a request that none of them expected. */
import { Hono } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { consoleApp, leadsToConsole, showConsole } from '../console/console-app.ts';
import { controlApp } from '../control/control-app.ts';
import { controlDoor } from '../control/control-door.ts';
import { TooMuchInFlight } from '../ingest/bytes-in-flight.ts';
import { closedError, EmulatorError } from '../runtime/emulator-error.ts';
import { storageError } from '../store/storage-error.ts';
import { apiRoutes } from './api-routes.ts';
import { cutConnection } from './cut-connection.ts';
import { ConnectionCut, type EmulatorContext, type EmulatorEnv } from './emulator-env.ts';
import { entered } from './entered.ts';
import type { Guard } from './guards.ts';
import { ownError } from './own-error.ts';
import { Reply, respond, bugCause } from './reply.ts';
import type { Services } from './services.ts';
import { tokenApi } from './token-api.ts';
import { unserved } from './unserved.ts';

/** With the routes of the emulated API in its type. */
export type EmulatorApp = ReturnType<typeof emulatorApp>;

/** `onBug` is told of every unexpected throw. */
export function emulatorApp(services: Services, guard: Guard, onBug: (id: string, error: unknown) => void) {
  const door = controlDoor(services.options.controlToken);
  let bugs = 0;
  const unexpected = (error: Error): Reply => {
    // Known to happen and named, with the remedy in the message: no bug, and nothing the API would say.
    // Closed under it, a request may fail in any way.
    const known = services.isClosed() ? closedError() : storageError(services.options.data ?? 'memory', error);
    if (known instanceof EmulatorError)
      return ownError({ status: known.code === 'closed' ? 503 : 500, code: known.code, message: known.message });
    if (error instanceof TooMuchInFlight)
      return ownError({ status: 503, code: 'too-much-in-flight', message: error.message });
    bugs += 1;
    const id = String(bugs);
    onBug(id, error);
    const message = `this is a bug of the emulator and no answer of the API; its log has it as bug/${id}.`;
    return ownError({ status: 500, code: 'bug', message }, bugCause(id));
  };
  // A word of the path behind a parameter is more than the quick router can tell apart: tokens are found here.
  const notFound = async (c: EmulatorContext) =>
    respond(c, (await tokenApi(services, c)) ?? unserved(c.req.method, c.get('call').url.pathname));

  return (
    // The quick one, or none: a route that it cannot take is refused when the app is made.
    new Hono<EmulatorEnv>({ router: new RegExpRouter() })
      .use('/__emulator/*', entered(services, guard, 'control'))
      .get('/__emulator/', (c) => showConsole(c, services.consoleFiles))
      .get('/__emulator/ca.pem', async (c) => respond(c, caReply(await services.ca())))
      .route('/__emulator', consoleApp(services.consoleFiles, services.watchers, door))
      .route('/__emulator', controlApp(services, door))
      .all('/__emulator/*', notFound)
      .use(entered(services, guard, 'emulated'))
      .get('/', (c) => leadsToConsole(c, notFound))
      .route('/', apiRoutes(services))
      .notFound(notFound)
      .onError((error, c) => (error instanceof ConnectionCut ? cutConnection(c, error) : respond(c, unexpected(error))))
  );
}

/** No secret: whoever speaks TLS with us is shown what it signed. */
const caReply = (pem: string) => new Reply(200, { 'content-type': 'application/x-pem-file' }, pem);
