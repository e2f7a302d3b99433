/** The reference part of docs/control-api.md, written from the table of operations. */
import { z } from 'zod';
import { isOperation, type AnyOperation, type OperationTable } from '../src/server/harness/operation.ts';

/** The rows of a table: a head, then one for each operation. */
export function controlReference(operations: OperationTable): readonly (readonly string[])[] {
  return [['Request', 'Method', 'What it is for', 'Takes', 'Answers'], ...rows(operations, '')];
}

function rows(table: OperationTable, group: string): readonly (readonly string[])[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isOperation(entry) ? [row(`${group}${name}`, entry)] : rows(entry, `${group}${name}.`),
  );
}

function row(name: string, operation: AnyOperation): readonly string[] {
  const { routes, sentence, replies } = operation;
  const { query, body } = operation.taken();
  const asked = Object.keys(query.shape).join('&');
  const requests = routes.map((route) => {
    const [method, path] = route.split(' ');
    return `\`${method} /__emulator${path}${asked && `?${asked}`}\``;
  });
  const answers = Object.entries(replies).map(([status, schema]) => {
    const json = schema === null ? '' : ` \`${shapeOf(schema(), 'output')}\``;
    return status === '200' ? json.trim() : `${status}${json}`;
  });
  return [
    requests.join(', '),
    `\`${name}\``,
    sentence,
    body === undefined ? '' : `\`${shapeOf(body, 'input')}\``,
    answers.join(', '),
  ];
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
}

/** `{batches: [{batchId, client, …}], next}`: names alone, of lists those of their items; a question mark where a field may be left out. */
function shapeOf(schema: z.ZodType, io: 'input' | 'output'): string {
  return shape(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema);
}

const FIELDS_SHOWN = 6;

function shape({ properties, required = [], type, items, anyOf, oneOf }: JsonSchema): string {
  const choices = anyOf ?? oneOf;
  // Of alternatives the names of all of them: which go together is in the OpenAPI document.
  if (choices !== undefined) return listed(new Set(choices.flatMap((each) => Object.keys(each.properties ?? {}))));
  if (type === 'array') return `[${items === undefined ? '…' : shape(items)}]`;
  if (properties === undefined) return type === 'object' ? '{…}' : (type ?? 'value');
  const fields = Object.entries(properties).map(([name, inner]) => {
    const deeper = inner.type === 'array' && inner.items?.type === 'object' ? `: ${shape(inner)}` : '';
    return `${name}${required.includes(name) ? '' : '?'}${deeper}`;
  });
  return listed(fields);
}

function listed(names: Iterable<string>): string {
  const all = [...names];
  return `{${all.slice(0, FIELDS_SHOWN).join(', ')}${all.length > FIELDS_SHOWN ? ', …' : ''}}`;
}
