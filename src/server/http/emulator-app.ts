/** Guard, routes of both planes, and what becomes of a request that none of them expected. */
import { controlApp } from '../control/control-app.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { apiRoutes } from './api-routes.ts';
import { bugCause } from './cause.ts';
import type { Guard } from './guards.ts';
import { faultyCalls } from './faulty-calls.ts';
import { journaledCalls } from './journaled-calls.ts';
import { ownError } from './own-error.ts';
import { Reply } from './reply.ts';
import { type AskedRequest, ConnectionCut, type HandlerEnv, type RequestEnv } from './request-env.ts';
import type { Services } from './services.ts';

/** Answers a request; rejects with `ConnectionCut` where nobody is left to answer, and with nothing else. */
export type EmulatorApp = (request: AskedRequest, env: RequestEnv) => Promise<Reply>;

/** `onBug` is told of every unexpected throw. */
export function emulatorApp(
  services: Services,
  guard: Guard,
  onBug: (id: string, error: unknown) => void,
): EmulatorApp {
  const routes = apiRoutes(services)
    .route('/__emulator', controlApp(services))
    .notFound((c) =>
      ownError({ status: 404, code: 'not-found', message: `${c.req.method} ${c.req.path} is not emulated.` }),
    )
    // Hono would answer in its own way; see below.
    .onError((error) => {
      throw error;
    });

  let bugs = 0;
  const answerUnexpected = (error: unknown): Reply => {
    // Known to happen and named, with the remedy in the message: no bug, and nothing the API would say.
    if (error instanceof EmulatorError) return ownError({ status: 500, code: error.code, message: error.message });
    bugs += 1;
    const id = String(bugs);
    onBug(id, error);
    const message = `this is a bug of the emulator and no answer of the API; its log has it as bug/${id}.`;
    return ownError({ status: 500, code: 'bug', message }, bugCause(id));
  };

  const routed = async (request: AskedRequest, env: HandlerEnv): Promise<Reply> => {
    const answered = await routes.fetch(request, env);
    return answered instanceof Reply ? answered : withoutBody(answered);
  };
  const served = faultyCalls(services, routed);
  const journaled = journaledCalls(services, async (request, env) => {
    try {
      return guard(request, env.url) ?? (await served(request, env));
    } catch (error) {
      if (error instanceof ConnectionCut) throw error;
      return answerUnexpected(error);
    }
  });
  return async (request, env) => {
    try {
      return await journaled(request, env);
    } catch (error) {
      if (error instanceof ConnectionCut) throw error;
      // The journal itself is broken.
      return answerUnexpected(error);
    }
  };
}

/** Hono's answer to HEAD. */
function withoutBody({ status, headers }: Response): Reply {
  return new Reply(status, Object.fromEntries(headers));
}
