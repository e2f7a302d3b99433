/** The control API: each operation of the harness at its routes below `/__emulator`. Nothing else of the harness knows HTTP. */
import { Hono } from 'hono';
import { parseJson } from '../../protocol/wire/index.ts';
import { answer } from '../harness/answer.ts';
import { operationsIn, type OperationTable, type Route, type Told } from '../harness/operation.ts';
import { OPERATIONS } from '../harness/operations.ts';
import { refuseInput } from '../input-issues.ts';
import { refusal } from '../harness/refusals.ts';
import { JSON_PARTS_MAX, readJsonBody } from '../http/request-body.ts';
import type { EmulatorContext, EmulatorEnv } from '../http/emulator-env.ts';
import { askerOf, foreignSiteGuard } from '../http/guards.ts';
import { ownJson } from '../http/own-error.ts';
import { PROTECTIVE_HEADERS, Reply, respond } from '../http/reply.ts';
import type { Services } from '../http/services.ts';
import { metricsText } from './metrics.ts';
import type { ControlDoor } from './control-door.ts';

export function controlApp(services: Services, door: ControlDoor, operations: OperationTable = OPERATIONS) {
  const app = new Hono<EmulatorEnv>()
    .on(['GET', 'POST'], '/login', (c) => respond(c, loggedIn(c, door)))
    .get('/metrics', async (c) => respond(c, refusedAt(door, c) ?? (await metricsReply(services))));
  for (const operation of operationsIn(operations)) {
    for (const route of operation.routes) {
      const [method = '', path = ''] = route.split(' ');
      app.on(method, [path.replaceAll(/\{(\w+)\}/g, ':$1')], async (c) => {
        // Health has no data in it, and whoever watches a container should need no secret.
        const isOpen = operation === OPERATIONS.health;
        const refused = isOpen ? foreignSiteGuard(c.req.raw) : refusedAt(door, c);
        if (refused !== undefined) return respond(c, refused);
        const { url } = c.get('call');
        const question = {
          path: () => pathFields(route, url),
          query: () => queryFields(url),
          body: (bytesMax: number) => jsonBody(c, bytesMax),
        };
        const told = await answer(operation, question, services, operations);
        if (method !== 'GET') services.watchers.changed('state');
        return respond(c, replyOf(told));
      });
    }
  }
  return app.all('*', (c) =>
    respond(c, replyOf(refusal(404, 'not-found', `the control API has no ${c.req.method} ${c.req.path}.`))),
  );
}

const refusedAt = (door: ControlDoor, { req }: EmulatorContext): Reply | undefined =>
  foreignSiteGuard(req.raw) ?? door.judge(req.raw.headers);

async function metricsReply(services: Services): Promise<Reply> {
  const { text, type } = await metricsText(services);
  return new Reply(200, { ...UNKEPT, 'content-type': type }, text);
}

const replyOf = ({ status, json }: Told): Reply =>
  json === undefined ? new Reply(status, PROTECTIVE_HEADERS) : ownJson(json, status);

/** A browser that was given the token in a link trades it for a cookie, and leaves the link behind; a page may POST. */
function loggedIn(c: EmulatorContext, door: ControlDoor): Reply {
  const { headers, url, method } = askerOf(c);
  const cookie = door.trade(url.searchParams.get('token') ?? undefined, headers, url.protocol === 'https:');
  if (typeof cookie !== 'string') return cookie;
  const given = { ...UNKEPT, 'set-cookie': cookie, 'referrer-policy': 'no-referrer' };
  return method === 'POST' ? new Reply(204, given) : new Reply(303, { ...given, location: '/__emulator/' });
}

const UNKEPT = { ...PROTECTIVE_HEADERS, 'cache-control': 'no-store' };

/** Each segment decoded once, which the router does not promise. */
function pathFields(route: Route, { pathname }: URL): object {
  const names = route.split('/').slice(1);
  const segments = pathname.split('/').slice(-names.length);
  const fields = names.flatMap((name, index) => {
    const field = /^\{(\w+)\}$/.exec(name)?.[1];
    return field === undefined ? [] : [[field, decoded(field, segments[index] ?? '')]];
  });
  return Object.fromEntries(fields);
}

function decoded(field: string, segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return refuseInput({ path: [field], message: 'Is not percent-encoded UTF-8' });
  }
}

/** Each parameter at most once. */
function queryFields({ searchParams }: URL): object {
  const twice = [...Map.groupBy(searchParams.keys(), (name) => name)].filter(([, { length }]) => length > 1);
  if (twice.length === 0) return Object.fromEntries(searchParams);
  return refuseInput(...twice.map(([name]) => ({ path: [name], message: 'Given more than once' })));
}

/** Undefined where there is none. */
async function jsonBody(c: EmulatorContext, bytesMax: number): Promise<unknown> {
  if (c.req.method === 'GET' && (c.req.header('content-length') ?? '0') === '0') return undefined;
  const bytes = await readJsonBody(c.get('call').body, bytesMax);
  if (bytes === 'too-large') return refusal(413, bytes, `the body exceeds ${bytesMax} bytes.`);
  if (bytes === 'too-many-parts')
    return refusal(413, bytes, `the body has more than ${JSON_PARTS_MAX} values. Send it in several.`);
  if (bytes.byteLength === 0) return undefined;
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuseInput({ path: [], message: `The body is not JSON: ${error instanceof Error ? error.message : ''}` });
  }
}
