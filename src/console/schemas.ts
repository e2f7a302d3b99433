/** What can be switched, and between which words: read from the emulator's own description of its API. */
import { ask } from './control-api.ts';
import { useAsked } from './live.ts';

/** As much of JSON Schema as the switches need. */
export interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

interface Document {
  readonly paths: Readonly<
    Record<string, { put?: { requestBody: { content: { 'application/json': { schema: FieldSchema } } } } }>
  >;
}

/** The body of a PUT on this path of the control API; undefined until it is known. */
export function useSchema(path: string): FieldSchema | undefined {
  const { value } = useAsked('openapi', () => description());
  return value?.paths[`/__emulator${path}`]?.put?.requestBody.content['application/json'].schema;
}

let asked: Promise<Document> | undefined;

/** The same for as long as the page lives; asked again where it failed. */
function description(): Promise<Document> {
  asked ??= ask<Document>('openapi.json').catch((error: unknown) => {
    asked = undefined;
    throw error;
  });
  return asked;
}
