/** The operations described as OpenAPI 3.1; the schemas are those that judge the input. */
import { z } from 'zod';
import { type AnyOperation, operationsIn, type OperationTable, type Route } from '../harness/operation.ts';
import { error } from '../harness/replies.ts';

/** Described once for a table: it takes a hundred milliseconds, and anybody may ask. */
const described = new WeakMap<OperationTable, Promise<object>>();

export function openApiDocument(version: string, operations: OperationTable): Promise<object> {
  const document = described.get(operations) ?? describeAll(version, operations);
  described.set(operations, document);
  return document;
}

async function describeAll(version: string, operations: OperationTable): Promise<object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operationsIn(operations)) {
    // Each takes a few milliseconds.
    await new Promise((nextTurn) => setImmediate(nextTurn));
    for (const route of operation.routes) {
      const [method = '', path = ''] = route.split(' ');
      (paths[`/__emulator${path}`] ??= {})[method.toLowerCase()] = describe(route, operation);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'target-profile-emulator, control API',
      version,
      description: 'What the real service never tells, and what tests need. Not affiliated with Adobe.',
    },
    paths,
    components: { schemas: { Error: jsonSchema(error(), 'output') } },
  };
}

function describe(route: Route, { sentence, taken, replies }: AnyOperation): object {
  const { path, query, body } = taken();
  const parameter = (place: 'path' | 'query', name: string, schema: z.ZodType) => {
    const { description, ...rest } = jsonSchema(schema, 'input') as { readonly description?: string };
    return { name, in: place, required: place === 'path', ...(description && { description }), schema: rest };
  };
  const parameters = [
    ...Object.entries(path.shape)
      .filter(([name]) => route.includes(`{${name}}`))
      .map(([name, schema]) => parameter('path', name, schema as z.ZodType)),
    ...Object.entries(query.shape).map(([name, schema]) => parameter('query', name, schema as z.ZodType)),
  ];
  const byStatus = Object.entries(replies).map(([status, schema]) => [
    status,
    schema === null
      ? { description: 'Done.' }
      : { description: sentence, content: json(jsonSchema(schema(), 'output')) },
  ]);
  return {
    operationId: route
      .toLowerCase()
      .replaceAll(/[^a-z]+(\w)/g, (_, letter: string) => letter.toUpperCase())
      .replaceAll(/\W/g, ''),
    summary: sentence,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: json(jsonSchema(body, 'input')) } }),
    responses: {
      ...Object.fromEntries(byStatus),
      default: {
        description: 'Refused: nothing has changed, and each wrong path is named.',
        content: json({ $ref: '#/components/schemas/Error' }),
      },
    },
  };
}

const json = (schema: object) => ({ 'application/json': { schema } });

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  return rest;
}
