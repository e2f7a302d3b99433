/** The control API: each operation of the harness at its routes below `/__emulator`. Nothing else of the harness knows HTTP. */
import { Hono } from 'hono';
import { parseJson } from '../../protocol/wire/index.ts';
import { answer } from '../harness/answer.ts';
import { operationsIn, type OperationTable, type Route, type Told } from '../harness/operation.ts';
import { OPERATIONS } from '../harness/operations.ts';
import { refusal, refuseInput } from '../harness/refusals.ts';
import { readBoundedBody } from '../http/bounded-body.ts';
import type { EmulatorContext, EmulatorEnv } from '../http/emulator-env.ts';
import { ownJson } from '../http/own-error.ts';
import { Reply, respond } from '../http/reply.ts';
import type { Services } from '../http/services.ts';

export function controlApp(services: Services, operations: OperationTable = OPERATIONS): Hono<EmulatorEnv> {
  const app = new Hono<EmulatorEnv>();
  for (const operation of operationsIn(operations)) {
    for (const route of operation.routes) {
      const [method = '', path = ''] = route.split(' ');
      app.on(method, [path.replaceAll(/\{(\w+)\}/g, ':$1')], async (c) => {
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

const replyOf = ({ status, json }: Told): Reply => (json === undefined ? new Reply(status) : ownJson(json, status));

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
  const twice = [...new Set(searchParams.keys())].filter((name) => searchParams.getAll(name).length > 1);
  if (twice.length > 0) refuseInput(...twice.map((name) => ({ path: [name], message: 'Given more than once' })));
  return Object.fromEntries(searchParams);
}

async function jsonBody(c: EmulatorContext, bytesMax: number): Promise<unknown> {
  const bytes = await readBoundedBody(c.get('call').body, bytesMax);
  if (bytes === 'too-large') return refusal(413, 'too-large', `the body exceeds ${bytesMax} bytes.`);
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuseInput({ path: [], message: `The body is not JSON: ${error instanceof Error ? error.message : ''}` });
  }
}
