/** Hono as our routes use it: a handler returns a `Reply`, which Hono hands on without looking at it. */
import { Hono } from 'hono';
import type { Reply } from './reply.ts';
import type { AskedRequest, EmulatorHono, HandlerEnv, RequestContext } from './request-env.ts';

type Handler<Path extends string> = (c: RequestContext<Path>) => Reply | Promise<Reply>;

type AddRoute = <Path extends string>(path: Path, handler: Handler<Path>) => Routes;

export interface Routes {
  /** What there is, in the order it is tried. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  readonly all: AddRoute;
  readonly get: AddRoute;
  readonly post: AddRoute;
  readonly put: AddRoute;
  readonly delete: AddRoute;
  route(path: string, routes: Routes): Routes;
  notFound(handler: Handler<string>): Routes;
  onError(handler: (error: Error) => Reply): Routes;
  /** A `Response` for HEAD alone: that one Hono makes itself. */
  fetch(request: AskedRequest, env: HandlerEnv): Reply | Response | Promise<Reply | Response>;
}

export function newRoutes(): Routes {
  return new Hono<EmulatorHono>() as unknown as Routes;
}
