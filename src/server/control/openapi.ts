/** The control API described as OpenAPI 3.1: a line for each route, the schemas being those that judge the input. */
import { z } from 'zod';
import { faultSetSchema } from '../faults/fault-set.ts';
import { expectationSchema } from '../journal/expectation.ts';
import { partialSettingsSchema, settingsSchema } from '../options.ts';
import { batchesQuery, rowsQuery } from './batches.ts';
import { clockAdvanceSchema, clockChangeSchema } from './clock.ts';
import { explainQuery } from './explain.ts';
import { clearQuery, journalQuery } from './journal.ts';
import { progressionSchema } from './pace.ts';
import { profilesQuery, seedSchema } from './profiles.ts';
import * as replies from './reply-schemas.ts';
import { visitSchema } from './visits.ts';

interface Operation {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By status; null where there is no body. Errors are added. */
  readonly replies: Readonly<Record<number, z.ZodType | null>>;
}

/** Every route, by `METHOD /path` as OpenAPI writes it. A test holds this list and the routes' page together. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /health': {
    summary: 'Whether the emulator works, and as what it was started; 503 once it cannot apply rows any more.',
    replies: { 200: replies.health, 503: replies.health },
  },
  'GET /openapi.json': { summary: 'This document.', replies: { 200: z.looseObject({}) } },
  'GET /batches': { summary: 'Batches, newest first.', query: batchesQuery, replies: { 200: replies.batches } },
  'GET /batches/{batchId}': { summary: 'One batch.', replies: { 200: replies.batch } },
  'GET /batches/{batchId}/rows': {
    summary: 'What became of each row, and the rule behind it.',
    query: rowsQuery,
    replies: { 200: replies.rows },
  },
  'GET /batches/{batchId}/rows/{row}': {
    summary: 'One row: its cells as read, what became of it and why, and what is left of what it wrote.',
    replies: { 200: replies.rowExplanation },
  },
  'GET /batches/{batchId}/pace': { summary: 'What the batch waits for.', replies: { 200: replies.batchPace } },
  'PUT /batches/{batchId}/pace': {
    summary: 'Changes what a batch waits for; 409 where it has ended.',
    body: progressionSchema,
    replies: { 200: replies.batchPace },
  },
  'POST /batches/{batchId}/release': {
    summary: "Makes the batch due now; its client's earlier batches go first.",
    replies: { 204: null },
  },
  'GET /clock': { summary: 'The time, and whether it stands.', replies: { 200: replies.clock } },
  'PUT /clock': {
    summary: 'Sets, stops or starts the clock, and applies what fell due.',
    body: clockChangeSchema,
    replies: { 200: replies.clock },
  },
  'POST /clock/advance': {
    summary: 'Moves the clock on, and applies what fell due.',
    body: clockAdvanceSchema,
    replies: { 200: replies.clock },
  },
  'POST /step': { summary: 'Applies one slice of what is due.', replies: { 200: replies.step } },
  'POST /drain': { summary: 'Applies all that is due.', replies: { 204: null } },
  'GET /snapshots': { summary: 'The snapshots that are kept.', replies: { 200: replies.snapshots } },
  'POST /snapshots': {
    summary: 'Keeps the whole emulator as it is; 409 where there is no room.',
    replies: { 201: replies.snapshot },
  },
  'POST /snapshots/{id}/restore': { summary: 'Puts everything back as it was then.', replies: { 204: null } },
  'DELETE /snapshots/{id}': { summary: 'Discards a snapshot.', replies: { 204: null } },
  'GET /clients': { summary: 'Client codes in use.', replies: { 200: replies.clients } },
  'POST /clients': { summary: 'A client code that nobody has used.', replies: { 201: replies.newClient } },
  'DELETE /clients/{client}': { summary: 'Drops the client code and all it owns.', replies: { 204: null } },
  'POST /clients/{client}/release': { summary: 'Makes its batches due now.', replies: { 204: null } },
  'GET /clients/{client}/pace': { summary: 'How its batches get to their end.', replies: { 200: progressionSchema } },
  'PUT /clients/{client}/pace': {
    summary: 'Changes that, from the next batch on.',
    body: progressionSchema,
    replies: { 200: progressionSchema },
  },
  'GET /clients/{client}/settings': { summary: 'The readings in force.', replies: { 200: settingsSchema } },
  'PUT /clients/{client}/settings': {
    summary: 'Changes any of them, from the next batch on.',
    body: partialSettingsSchema,
    replies: { 200: settingsSchema },
  },
  'GET /clients/{client}/profiles': {
    summary: 'Profiles as stored.',
    query: profilesQuery,
    replies: { 200: replies.profiles },
  },
  'POST /clients/{client}/profiles': {
    summary: 'Creates or updates profiles in the base layer, all or none.',
    body: seedSchema,
    replies: { 200: replies.seeded },
  },
  'GET /clients/{client}/profiles/{kind}/{id}/explain': {
    summary: 'Which batch, row and rule wrote each attribute, and what v2 batches took away.',
    query: explainQuery,
    replies: { 200: replies.profileExplanation },
  },
  'POST /clients/{client}/visits': {
    summary: 'What an mbox call does to the profile store.',
    body: visitSchema,
    replies: { 200: replies.visit },
  },
  'GET /clients/{client}/faults': { summary: 'Its own faults.', replies: { 200: faultSetSchema } },
  'PUT /clients/{client}/faults': {
    summary: 'Replaces them as a whole; an empty object means none.',
    body: faultSetSchema,
    replies: { 200: faultSetSchema },
  },
  'GET /faults': { summary: 'The faults for all client codes.', replies: { 200: faultSetSchema } },
  'PUT /faults': {
    summary: 'Replaces them as a whole; an empty object means none.',
    body: faultSetSchema,
    replies: { 200: faultSetSchema },
  },
  'GET /journal': {
    summary: 'What was asked of the emulated API, and the faults that fired, oldest first; 409 where none is kept.',
    query: journalQuery,
    replies: { 200: replies.journal },
  },
  'DELETE /journal': {
    summary: "Clears one client code's entries, or all.",
    query: clearQuery,
    replies: { 204: null },
  },
  'POST /verify': {
    summary: 'How many such requests there were; 409 where that is not what was expected, or nobody can tell.',
    body: expectationSchema,
    replies: { 200: replies.verified, 409: replies.notVerified },
  },
};

export function openApiDocument(version: string, operations = OPERATIONS): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = route.split(' ');
    (paths[`/__emulator${path}`] ??= {})[method.toLowerCase()] = describe(route, path, operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'target-profile-emulator, control API',
      version,
      description: 'What the real service never tells, and what tests need. Not affiliated with Adobe.',
    },
    paths,
    components: { schemas: { Error: jsonSchema(replies.error, 'output') } },
  };
}

function describe(route: string, path: string, { summary, query, body, replies: byStatus }: Operation): object {
  const parameters = [
    ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      required: false,
      schema: jsonSchema(schema as z.ZodType, 'input'),
    })),
  ];
  return {
    operationId: route
      .toLowerCase()
      .replaceAll(/[^a-z]+(\w)/g, (_, letter: string) => letter.toUpperCase())
      .replaceAll(/\W/g, ''),
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: json(jsonSchema(body, 'input')) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(byStatus).map(([status, schema]) => [
          status,
          schema === null
            ? { description: 'Done.' }
            : { description: summary, content: json(jsonSchema(schema, 'output')) },
        ]),
      ),
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
