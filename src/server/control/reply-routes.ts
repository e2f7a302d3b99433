/** Routes whose handlers answer with a `Reply`, which becomes a `Response` here. */
import { type Context, Hono } from 'hono';
import type { EmulatorEnv } from '../http/emulator-env.ts';
import { type Reply, respond } from '../http/reply.ts';

type Handler<Path extends string> = (c: Context<EmulatorEnv, Path>) => Reply | Promise<Reply>;
type AddRoute = <Path extends string>(path: Path, handler: Handler<Path>) => ReplyRoutes;

export interface ReplyRoutes {
  readonly app: Hono<EmulatorEnv>;
  readonly get: AddRoute;
  readonly post: AddRoute;
  readonly put: AddRoute;
  readonly delete: AddRoute;
}

export function replyRoutes(): ReplyRoutes {
  const app = new Hono<EmulatorEnv>();
  const adding =
    (method: string): AddRoute =>
    (path, handler) => {
      app.on(method, [path], async (c) => respond(c, await handler(c)));
      return routes;
    };
  const routes: ReplyRoutes = {
    app,
    get: adding('GET'),
    post: adding('POST'),
    put: adding('PUT'),
    delete: adding('DELETE'),
  };
  return routes;
}
