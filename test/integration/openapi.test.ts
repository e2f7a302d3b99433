/** The description of the control API: whole, well formed, and true of what the emulator answers. */
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/server/control/openapi.ts';
import { compareFile } from '../../src/cli/compare-file.ts';
import { operationsIn } from '../../src/server/harness/operation.ts';
import { OPERATIONS } from '../../src/server/harness/operations.ts';
import { error } from '../../src/server/harness/replies.ts';
import { json, openEmulator, send } from './support.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { readonly operationId: string; readonly responses: object }>>;
}

const BY_ROUTE = operationsIn(OPERATIONS).flatMap((operation) =>
  operation.routes.map((route) => [route, operation] as const),
);
const ROUTES = BY_ROUTE.map(([route]) => route);

describe('the OpenAPI document', () => {
  it('is served, and describes every route of the control API and no other', async () => {
    expect(ROUTES.length).toBeGreaterThan(10);
    const emulator = await openEmulator();
    const { openapi, paths } = JSON.parse((await send(`${emulator.url}/__emulator/openapi.json`)).text) as OpenApi;
    expect(openapi).toBe('3.1.0');
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/__emulator', '')}`),
    );
    expect(described.toSorted()).toEqual(ROUTES.toSorted());
  });

  it('has an id of its own for each operation, a schema for each body, and no schema that says nothing of its kind', async () => {
    const document = (await openApiDocument('0.0.0', OPERATIONS)) as OpenApi;
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId } of operations) expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    const schemas = schemasIn(document);
    expect(schemas.length).toBeGreaterThan(operations.length);
    for (const schema of schemas) expect(whatIsWrong(schema), JSON.stringify(schema)).toEqual([]);
  });

  it('knows a schema that is none (canary)', () => {
    expect(whatIsWrong({ type: 'text' })).toHaveLength(1);
    expect(whatIsWrong({ type: 'object', properties: { a: {} } })).toHaveLength(1);
    expect(whatIsWrong({ type: 'array', items: { $ref: '#/nowhere' } })).toHaveLength(1);
  });
});

describe('what the emulator answers', () => {
  it('is what the document says, route by route', async () => {
    const emulator = await openEmulator({}, { compare: compareFile });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,a\nann,1\nb/b,2' });
    await emulator.drain();
    const [done] = emulator.batches();
    await emulator.setPace('slow', { kind: 'manual' });
    await send(`${emulator.url}/m2/slow/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,a\nann,1' });
    const [waiting] = emulator.batches('slow');
    const { id } = await emulator.snapshot();
    const bodies: Readonly<Record<string, unknown>> = {
      'PUT /batches/{batchId}/pace': { kind: 'polls', polls: 2 },
      'PUT /clock': { now: '2026-01-02T00:00:00Z' },
      'POST /clock/advance': { ms: 1000 },
      'POST /clients/{client}/clock/advance': { ms: 1000 },
      'PUT /clients/{client}/pace': { kind: 'stuck' },
      'PUT /clients/{client}/settings': { statusShape: '2020' },
      'POST /clients/{client}/profiles': { profiles: [{ pcId: '1', attributes: { a: 'b' } }] },
      'POST /clients/{client}/visits': { thirdPartyId: 'ann' },
      'PUT /clients/{client}/faults': { status: { code: 503, times: 2, per: 'content' } },
      'PUT /clients/{client}/sources/{alias}': { password: 'secret' },
      'PUT /clients/{client}/sources/{alias}/files/{name}': {
        content: Buffer.from(`id,tier\n${String(id)},gold\n`).toString('base64'),
      },
      'PUT /faults': {},
      'POST /compare': { name: 'a.txt', content: Buffer.from('batch=pcId,a\n1,2').toString('base64') },
      'POST /rehearsals': { requests: [{ method: 'GET', path: '/__emulator/health' }] },
      'POST /verify': { client: 'demo', method: 'POST', times: 1 },
    };
    // What ends things comes last.
    const ends = ['POST /clients/{client}/reset', 'DELETE /clients/{client}'];
    const rank = (route: string) =>
      ends.indexOf(route) === -1 ? Number(route.startsWith('DEL')) : 2 + ends.indexOf(route);
    const order = BY_ROUTE.toSorted(([a], [b]) => rank(a) - rank(b));
    for (const [route, { replies }] of order) {
      const [method, path] = route.split(' ') as [string, string];
      const batchId = /pace|release/.test(path) ? waiting!.batchId : done!.batchId;
      const url = path
        .replace('{batchId}', batchId)
        .replace('{row}', '1')
        .replace('{client}', 'demo')
        .replace('{alias}', 'crm')
        .replace('{name}', 'crm.csv')
        .replace('{kind}/{id}', 'thirdPartyId/ann')
        .replace('{id}', String(id));
      const body = bodies[route];
      const reply = await send(`${emulator.url}/__emulator${url}`, {
        method,
        ...(body === undefined ? {} : json(body)),
      });
      // Driven by hand, nothing is waited for.
      if (route.endsWith('/files/{name}')) await emulator.drain();
      const schema = replies[reply.status];
      expect(schema, `${route} answered ${reply.status}: ${reply.text}`).not.toBe(undefined);
      if (schema === null) expect(reply.text).toBe('');
      else expect(schema!().safeParse(JSON.parse(reply.text)), route).toMatchObject({ success: true });
    }
  });

  it('is the error of the document where a route is asked for nonsense', async () => {
    const emulator = await openEmulator();
    for (const [route, { taken }] of BY_ROUTE) {
      if (taken().body === undefined) continue;
      const [method, path] = route.split(' ') as [string, string];
      const url = `${emulator.url}/__emulator${path.replaceAll(/\{\w+\}/g, 'demo')}`;
      const reply = await send(url, { method, ...json({ nonsense: 1 }) });
      expect([400, 404], route).toContain(reply.status);
      expect(error().safeParse(JSON.parse(reply.text)), route).toMatchObject({ success: true });
    }
  });
});

/** Every value of a field called `schema`, and the components. */
function schemasIn(value: unknown, isSchema = false): object[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isSchema) return [value];
  return Object.entries(value).flatMap(([key, inner]) => schemasIn(inner, key === 'schema' || key === 'Error'));
}

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

/** Paths at which this is no JSON Schema, or one that allows anything. */
function whatIsWrong(schema: unknown, path = '$'): string[] {
  if (typeof schema !== 'object' || schema === null) return [path];
  const {
    type,
    enum: choices,
    anyOf,
    oneOf,
    properties,
    items,
    additionalProperties,
    $ref,
    ...rest
  } = schema as Record<string, unknown>;
  if ($ref !== undefined) return $ref === '#/components/schemas/Error' ? [] : [path];
  if (type !== undefined && ![type].flat().every((name) => TYPES.has(name as string))) return [path];
  if (type === undefined && choices === undefined && anyOf === undefined && oneOf === undefined && !('const' in rest)) {
    return [path];
  }
  return [
    ...[anyOf, oneOf]
      .flatMap((each) => (each === undefined ? [] : (each as unknown[])))
      .map((inner) => [inner, '|'] as const),
    ...Object.entries(properties ?? {}).map(([name, inner]) => [inner, name] as const),
    ...(items === undefined ? [] : [[items, '[]'] as const]),
    // `{}` here means "more fields may come".
    ...(typeof additionalProperties === 'object' && Object.keys(additionalProperties ?? {}).length > 0
      ? [[additionalProperties, '*'] as const]
      : []),
  ].flatMap(([inner, step]) => whatIsWrong(inner, `${path}.${step}`));
}
