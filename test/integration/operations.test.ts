/** The table of operations: one edit reaches every way in, and every way in judges alike. */
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { controlReference } from '../../scripts/control-reference.ts';
import { controlApp } from '../../src/server/control/control-app.ts';
import { controlDoor } from '../../src/server/control/control-door.ts';
import { controlRequest } from '../../src/server/control/control-path.ts';
import { openApiDocument } from '../../src/server/control/openapi.ts';
import { answer } from '../../src/server/harness/answer.ts';
import { boundHandleOf, handleOf } from '../../src/server/harness/handle.ts';
import { clientCode } from '../../src/server/harness/judged-fields.ts';
import { type AnyOperation, isOperation, operation, type OperationTable } from '../../src/server/harness/operation.ts';
import { OPERATIONS } from '../../src/server/harness/operations.ts';
import type { EmulatorEnv } from '../../src/server/http/emulator-env.ts';
import { openCall } from '../../src/server/http/entered.ts';
import { bytesInFlight } from '../../src/server/ingest/bytes-in-flight.ts';
import type { Services } from '../../src/server/http/services.ts';
import { createEmulator, inputIssues, resolveOptions, type SeedProfile } from '../../src/server/index.ts';
import { getJson, json, openEmulator, send, thrownBy } from './support.ts';

const ANN = { kind: 'thirdPartyId', value: 'ann' } as const;

describe('an operation added to the table', () => {
  const table = {
    ...OPERATIONS,
    greet: operation({
      route: 'POST /clients/{client}/greetings',
      sentence: 'Greets whoever is named.',
      takes: () => ({ path: { client: clientCode() }, body: z.strictObject({ name: z.string() }) }),
      replies: { 200: () => z.object({ greeting: z.string() }) },
      client: 'first',
      asked: (client: string, name: string) => ({ path: { client }, body: { name } }),
      does: (_, { client, body }) => `${client} greets ${body.name}`,
      tells: (greeting) => ({ greeting }),
    }),
  };
  // It asks for none of them.
  const services = {
    applied: () => Promise.resolve(),
    isClosed: () => false,
    options: resolveOptions(),
    watchers: { changed: () => {}, watch: () => undefined, end: () => {} },
  } as Partial<Services> as Services;

  it('is a method of the handle, and of the handle of a client code, typed and judged', () => {
    expect(handleOf(services, table).greet('demo', 'Ann')).toBe('demo greets Ann');
    expect(boundHandleOf(services, table, 'demo').greet('Ann')).toBe('demo greets Ann');
    expect(pathsOf(thrownBy(() => handleOf(services, table).greet('a b', 'Ann')))).toEqual(['client']);
    expect(pathsOf(thrownBy(() => handleOf(services, table).greet('demo', 1 as never)))).toEqual(['name']);
  });

  it('is a control route with the same rules', async () => {
    const app = new Hono<EmulatorEnv>()
      .use(async (c, next) => {
        openCall(c, bytesInFlight());
        await next();
      })
      .route('/', controlApp(services, controlDoor(undefined), table));
    const ask = async (client: string, body: string) => {
      const reply = await app.request(`http://localhost/clients/${client}/greetings`, { method: 'POST', body });
      return [reply.status, await reply.json()];
    };
    expect(await ask('demo', '{"name":"Ann"}')).toEqual([200, { greeting: 'demo greets Ann' }]);
    expect(await ask('demo', '{"name":1}')).toMatchObject([400, { error: { issues: [{ path: 'name' }] } }]);
    expect(await ask('a.b', '{"name":"Ann"}')).toMatchObject([400, { error: { issues: [{ path: 'client' }] } }]);
  });

  it('waits over HTTP until what is due at once has been applied, if it reads profiles', async () => {
    const seen: string[] = [];
    const waiting = { ...services, applied: async (client: string) => void seen.push(`applied ${client}`) };
    const reading = operation({
      route: 'GET /clients/{client}/seen',
      sentence: 'What happened so far.',
      takes: () => ({ path: { client: clientCode() } }),
      reads: 'profiles',
      replies: { 200: () => z.array(z.string()) },
      asked: (client: string) => ({ path: { client } }),
      does: () => seen,
    });
    const question = { path: () => ({ client: 'demo' }), query: () => ({}), body: () => Promise.resolve() };
    expect((await answer(reading, question, waiting, {})).json).toEqual(['applied demo']);
    const { reads: _, ...plain } = reading;
    seen.length = 0;
    expect((await answer({ ...plain, reads: undefined }, question, waiting, {})).json).toEqual([]);
    const waitingOnes = named(OPERATIONS).flatMap(([name, { reads }]) => (reads === 'profiles' ? [name] : []));
    expect(waitingOnes).toEqual([
      'seedProfiles',
      'profile',
      'profiles',
      'visit',
      'deleteProfile',
      'explain',
      'customerAttributes.record',
    ]);
  });

  it('is in the OpenAPI document and in the reference', async () => {
    expect(await openApiDocument('0.0.0', table)).toMatchObject({
      paths: {
        '/__emulator/clients/{client}/greetings': {
          post: { summary: 'Greets whoever is named.', parameters: [{ name: 'client', in: 'path' }] },
        },
      },
    });
    expect(controlReference(table)).toContainEqual([
      '`POST /__emulator/clients/{client}/greetings`',
      '`greet`',
      'Greets whoever is named.',
      '`{name}`',
      '`{greeting}`',
    ]);
  });
});

describe('every operation', () => {
  const everyOne = named(OPERATIONS);

  it('can be called in process, settles at once or later as it says, and rejects what is wrong where it is later', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,tier\nann,gold\nb/b,1' });
    const { batchId } = emulator.batches('demo')[0]!;
    const snapshot = await emulator.snapshot();
    const given: Readonly<Record<string, readonly unknown[]>> = {
      restore: [snapshot],
      discard: [snapshot],
      batch: [batchId],
      rows: [batchId],
      batchReply: [batchId],
      batchBody: [batchId],
      compare: [{ name: 'a.txt', content: 'YQ==' }],
      rehearse: [[{ method: 'GET', path: '/__emulator/health' }]],
      'journal.ofVisitor': ['demo', ANN],
      batchPace: [batchId],
      setBatchPace: [batchId, { kind: 'manual' }],
      releaseBatch: [batchId],
      pace: ['demo'],
      issueToken: ['demo'],
      token: ['demo'],
      revokeToken: ['demo'],
      setPace: ['demo', { kind: 'immediate' }],
      settings: ['demo'],
      setSettings: ['demo', {}],
      seedProfiles: ['demo', [{ pcId: '1' }]],
      profile: ['demo', ANN],
      profiles: ['demo'],
      deleteProfile: ['demo', ANN],
      visit: ['demo'],
      explain: ['demo', ANN],
      explainRow: [batchId, 1],
      changeClock: [{ now: '2026-01-02T00:00:00Z' }],
      advance: [1],
      'faults.set': [{}],
      'customerAttributes.sources': ['demo'],
      'customerAttributes.setSource': ['demo', 'crm', { password: 'secret' }],
      'customerAttributes.deleteSource': ['demo', 'shop'],
      'customerAttributes.files': ['demo', 'crm'],
      'customerAttributes.upload': ['demo', 'crm', 'crm.csv', 'id,a\nC-1,1\n'],
      'customerAttributes.record': ['demo', 'crm', 'C-1'],
      'journal.verify': [{ times: { atLeast: 0 } }],
      resetClient: ['demo'],
      dropClient: ['demo'],
    };
    const isAnEnd = (name: string) => Number(name === 'dropClient') + Number(name === 'deleteProfile');
    const order = everyOne.toSorted(([a], [b]) => isAnEnd(a) - isAnEnd(b));
    for (const [name, { isAsync }] of order) {
      const result = methodOf(emulator, name)(...(given[name] ?? []));
      expect(result instanceof Promise, name).toBe(isAsync);
      await result;
    }
    await expect(emulator.visit('a b')).rejects.toThrow('client code');
    expect(() => emulator.pace('a b')).toThrow('client code');
  });

  it('is there for one client code, which nobody can put another in place of', async () => {
    const emulator = await openEmulator();
    const [one, other] = [emulator.client('one'), emulator.client('other')];
    const names = named(OPERATIONS).map(([name]) => (name === 'dropClient' ? 'drop' : name));
    // It would change everybody's.
    for (const name of names.filter((each) => each !== 'changeClock'))
      expect(methodOf(one, name), name).toBeTypeOf('function');
    expect(['changeClock' in one, one.code]).toEqual([false, 'one']);
    await one.seedProfiles([{ thirdPartyId: 'ann', attributes: { tier: 'gold' } }]);
    await one.advance(1_000);
    expect([one.clock.now(), one.profile(ANN)?.attributes.length, other.profile(ANN)]).toEqual([
      emulator.clock.now() + 1_000,
      1,
      undefined,
    ]);
    await send(`${emulator.url}/m2/one/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,tier\nann,gold' });
    await one.drain();
    const { batchId } = one.batches()[0]!;
    expect(one.explainRow(batchId, 1)).toEqual(emulator.explainRow(batchId, 1));
    expect(other.batches()).toEqual([]);
    expect(() => emulator.client('a.b')).toThrow('client code');
  });

  it('has a sentence, and a docstring with an example', async () => {
    const { readFileSync, readdirSync } = await import('node:fs');
    const files = readdirSync('src/server/harness').filter((file) => file.endsWith('-operations.ts'));
    const texts = files.map((file) => readFileSync(`src/server/harness/${file}`, 'utf8'));
    const documented = texts.flatMap((text) => [
      ...text.matchAll(/^ {2}\/\*\*\n(?: {3}\*.*\n)*? {3}\* @example\n(?: {3}\*.*\n)+ {3}\*\/\n {2}\w+: operation\(/gm),
    ]);
    expect(documented).toHaveLength(everyOne.length);
    for (const [name, { sentence }] of everyOne) expect(sentence, name).toMatch(/^[A-Z].*\.$/);
  });
});

describe('the same rules on every way in', () => {
  interface Wrong {
    readonly call: readonly unknown[];
    readonly at: string;
    readonly paths: readonly string[];
    readonly body?: unknown;
    readonly method?: string;
  }
  const ids = (profiles: readonly unknown[]) => ({ call: ['seedProfiles', 'demo', profiles], body: { profiles } });
  it.each<Wrong>([
    { ...ids([{ pcId: '1' }, { thirdPartyId: 'a/b' }]), at: 'profiles', paths: ['profiles[1].thirdPartyId'] },
    {
      ...ids([{ thirdPartyId: '' }, { pcId: '' }]),
      at: 'profiles',
      paths: ['profiles[0].thirdPartyId', 'profiles[1].pcId'],
    },
    { ...ids([{ mbox3rdPartyId: 'a+b' }]), at: 'profiles', paths: ['profiles[0].mbox3rdPartyId'] },
    { ...ids([{ id: { kind: 'thirdPartyId', value: 'a+b' } }]), at: 'profiles', paths: ['profiles[0].id.value'] },
    { ...ids([{ id: { kind: 'email', value: 'ann' } }]), at: 'profiles', paths: ['profiles[0].id.kind'] },
    { ...ids([{ id: ANN, pcId: '1' }, {}]), at: 'profiles', paths: ['profiles[0]', 'profiles[1]'] },
    { ...ids([{ pcId: '1', attributes: { a: 1 } }]), at: 'profiles', paths: ['profiles[0].attributes.a'] },
    { call: ['seedProfiles', 'demo', 'ann'], body: { profiles: 'ann' }, at: 'profiles', paths: ['profiles'] },
    {
      call: ['visit', 'demo', { thirdPartyId: 'a/b', pcId: '' }],
      body: { thirdPartyId: 'a/b', pcId: '' },
      at: 'visits',
      paths: ['pcId', 'thirdPartyId'],
    },
    { call: ['visit', 'demo', { email: 'ann' }], body: { email: 'ann' }, at: 'visits', paths: ['email'] },
    {
      call: ['visit', 'demo', { thirdPartyId: 'a', mbox3rdPartyId: 'b' }],
      body: { thirdPartyId: 'a', mbox3rdPartyId: 'b' },
      at: 'visits',
      paths: ['mbox3rdPartyId'],
    },
    { call: ['profile', 'demo', { kind: 'email', value: 'ann' }], at: 'profiles/email/ann', paths: ['kind'] },
    { call: ['explain', 'demo', { kind: 'email', value: 'ann' }], at: 'profiles/email/ann/explain', paths: ['kind'] },
    ...['a/b', 'a+b', 'x'.repeat(257)].flatMap((value) => {
      const [id, at] = [{ kind: 'thirdPartyId', value }, `profiles/thirdPartyId/${encodeURIComponent(value)}`];
      return [
        { call: ['profile', 'demo', id], at, paths: ['id'] },
        { call: ['explain', 'demo', id], at: `${at}/explain`, paths: ['id'] },
        { call: ['deleteProfile', 'demo', id], at, method: 'DELETE', paths: ['id'] },
      ];
    }),
    { call: ['explain', 'demo', ANN, ''], at: 'profiles/thirdPartyId/ann/explain?attribute=', paths: ['attribute'] },
    {
      call: ['profiles', 'demo', { limit: 0, cursor: 'x' }],
      at: 'profiles?limit=0&cursor=x',
      paths: ['cursor', 'limit'],
    },
    {
      call: ['profiles', 'demo', { limit: 1, limt: 5 }],
      at: 'profiles?limit=1&limt=5',
      paths: ['limt'],
    },
    {
      call: ['setPace', 'demo', { kind: 'polls' }],
      body: { kind: 'polls' },
      method: 'PUT',
      at: 'pace',
      paths: ['polls'],
    },
    {
      call: ['setSettings', 'demo', { colour: 1 }],
      body: { colour: 1 },
      method: 'PUT',
      at: 'settings',
      paths: ['colour'],
    },
  ])('$call is refused in process as $at is over HTTP: $paths', async ({ call, at, body, method, paths }) => {
    const emulator = await openEmulator();
    const [name, ...args] = call as [string, ...unknown[]];
    const error = await (async () => methodOf(emulator, name)(...args))().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(pathsOf(error)).toEqual(paths);
    const sent = body === undefined ? {} : { ...json(body), ...(method !== undefined && { method }) };
    const reply = await send(`${emulator.url}/__emulator/clients/demo/${at}`, sent);
    const issues = (JSON.parse(reply.text) as { error: { issues: { path: string }[] } }).error.issues;
    expect([reply.status, issues.map(({ path }) => path).toSorted()]).toEqual([400, paths]);
    expect(emulator.clients()).toEqual([]);
  });

  it('takes digits for a number from an address, which knows nothing else, and from no method', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x\n2,y' });
    await emulator.drain();
    const { batchId } = emulator.batches('demo')[0]!;
    const ways: readonly [readonly unknown[], string, string][] = [
      [['profiles', 'demo', { limit: '1' }], 'clients/demo/profiles?limit=1', 'limit'],
      [['rows', batchId, { limit: '1' }], `batches/${batchId}/rows?limit=1`, 'limit'],
      [['explainRow', batchId, '2'], `batches/${batchId}/rows/2`, 'row'],
      [['batches', 'demo', { limit: '1' }], 'batches?client=demo&limit=1', 'limit'],
      [['clients', { limit: '1' }], 'clients?limit=1', 'limit'],
      [['journal.read', { limit: '1', status: '200' }], 'journal?limit=1&status=200', 'limit status'],
      [['journal.latest', { limit: '1', status: '200' }], 'journal/latest?limit=1&status=200', 'limit status'],
    ];
    for (const [[name, ...args], path, wrong] of ways) {
      const error = thrownBy(() => methodOf(emulator, name as string)(...args));
      expect(pathsOf(error), path).toEqual(wrong.split(' '));
      expect((await send(`${emulator.url}/__emulator/${path}`)).status, path).toBe(200);
    }
    expect((await send(`${emulator.url}/__emulator/journal?cursor=1`)).status).toBe(200);
  });

  it('has no silence for what is misspelt in process, where an address could not even say it', async () => {
    const emulator = await openEmulator();
    const id = { kind: 'thirdPartyId', value: 'ann', x: 1, id: 2, client: 'other' };
    const wrong = (name: string, ...args: unknown[]) => pathsOf(thrownBy(() => methodOf(emulator, name)(...args)));
    for (const name of ['profile', 'explain']) expect(wrong(name, 'demo', id)).toEqual(['id.client', 'id.id', 'id.x']);
    const deleted = methodOf(emulator, 'deleteProfile')('demo', id) as Promise<unknown>;
    expect(pathsOf(await thrownByLater(deleted))).toEqual(['id.client', 'id.id', 'id.x']);
    expect([wrong('batches', 'demo', { limt: 1 }), wrong('clients', { limt: 1 })]).toEqual([['limt'], ['limt']]);
    expect(pathsOf(thrownBy(() => emulator.client('demo').batches({ limt: 1 } as never)))).toEqual(['limt']);
    await emulator.seedProfiles('one', []);
    await emulator.seedProfiles('two', []);
    expect(emulator.clients({ limit: 1 }).map(({ client }) => client)).toEqual(['one']);
    for (let turn = 0; turn < 2; turn += 1) {
      await send(`${emulator.url}/m2/one/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x' });
    }
    const latest = emulator.batches('one').slice(0, 1);
    expect([emulator.batches('one', { limit: 1 }), emulator.client('one').batches({ limit: 1 })]).toEqual([
      latest,
      latest,
    ]);
  });

  it('takes ids that the client code accepts, and refuses them for another one', async () => {
    const emulator = await openEmulator();
    await emulator.setSettings('wide', { illegalIds: 'accept' });
    await emulator.seedProfiles('wide', [{ thirdPartyId: 'a/b' }]);
    expect(emulator.profile('wide', { kind: 'thirdPartyId', value: 'a/b' })).toBeDefined();
    await expect(emulator.seedProfiles('strict', [{ thirdPartyId: 'a/b' }])).rejects.toThrow('key-3rd-chars');
  });

  it('looks for no id that nobody can have, by the readings of the client code, and still finds what is there', async () => {
    const emulator = await openEmulator();
    const id = { kind: 'thirdPartyId', value: 'a/b' } as const;
    await emulator.setSettings('wide', { illegalIds: 'accept' });
    expect([emulator.profile('wide', id), emulator.explain('wide', id)]).toEqual([undefined, undefined]);
    expect(await emulator.deleteProfile('wide', id)).toBe(false);
    await emulator.seedProfiles('wide', [{ id }]);
    await emulator.setSettings('wide', { illegalIds: 'fail' });
    expect([emulator.profile('wide', id), emulator.explain('wide', id)]).not.toContain(undefined);
    expect(await emulator.deleteProfile('wide', id)).toBe(true);
    for (const kind of ['pcId', 'tntId', 'thirdPartyId', 'mbox3rdPartyId', 'marketingCloudVisitorId'] as const) {
      const nobody = { kind, value: '' };
      expect(pathsOf(thrownBy(() => emulator.profile('demo', nobody))), kind).toEqual(['id']);
      expect(pathsOf(thrownBy(() => emulator.explain('demo', nobody))), kind).toEqual(['id']);
      expect(pathsOf(await thrownByLater(emulator.deleteProfile('demo', nobody))), kind).toEqual(['id']);
    }
  });

  it('takes a profile in each of its shapes, and mbox3rdPartyId for what it holds', async () => {
    const emulator = await openEmulator();
    const shapes: readonly SeedProfile[] = [
      { thirdPartyId: 'ann', attributes: { tier: 'gold' } },
      { mbox3rdPartyId: 'ann', attributes: { tier: 'gold' } },
      { id: ANN, attributes: { tier: 'gold' } },
      { id: { kind: 'mbox3rdPartyId', value: 'ann' }, attributes: { tier: 'gold' } },
    ];
    const stored = [];
    for (const [index, shape] of shapes.entries()) {
      await emulator.seedProfiles(`in-${index}`, [shape]);
      await send(`${emulator.url}/__emulator/clients/http-${index}/profiles`, json({ profiles: [shape] }));
      stored.push(emulator.profile(`in-${index}`, ANN), emulator.profile(`http-${index}`, ANN));
    }
    for (const profile of stored) expect(profile).toEqual(stored[0]);
    expect(stored[0]?.attributes).toMatchObject([{ name: 'tier', value: 'gold' }]);

    const ofParameter = { kind: 'mbox3rdPartyId', value: 'ann' } as const;
    expect(emulator.profile('in-0', ofParameter)).toEqual(stored[0]);
    expect(emulator.explain('in-0', ofParameter)).toEqual(emulator.explain('in-0', ANN));
    const visited = await emulator.visit('in-0', { mbox3rdPartyId: 'ann' });
    expect(visited).toEqual(await emulator.visit('in-0', { thirdPartyId: 'ann' }));
    expect(visited.thirdPartyId).toBe('ann');
    const listed = await getJson(`${emulator.url}/__emulator/clients/in-0/profiles/mbox3rdPartyId/ann`);
    expect(listed).toMatchObject({ thirdPartyId: 'ann', pcId: visited.pcId });
  });

  it('a million wrong profiles cost a hundred: the rest is not looked at, and a hundred are named', async () => {
    const emulator = await openEmulator();
    const bodyOf = (length: number) => `{"profiles":[${Array.from({ length }, () => '{"a":1}').join(',')}]}`;
    const huge = await send(`${emulator.url}/__emulator/clients/demo/profiles`, { body: bodyOf(1_000_000) });
    expect(huge.status).toBe(413);
    const body = bodyOf(99_000);
    const tooMany = await send(`${emulator.url}/__emulator/clients/demo/profiles`, { body: bodyOf(101_000) });
    expect([tooMany.status, tooMany.text]).toEqual([413, expect.stringContaining('more than 200000 values')]);
    const keys = `{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":1`).join(',')}}`;
    expect((await send(`${emulator.url}/__emulator/compare`, { body: keys })).status).toBe(413);
    const wrong = Array.from({ length: 1_000_000 }, () => ({ a: 1 }) as never);
    expect(pathsOf(await thrownByLater(emulator.seedProfiles('demo', wrong)))).toHaveLength(100);
    const reply = await send(`${emulator.url}/__emulator/clients/demo/profiles`, { body });
    const { issues } = (JSON.parse(reply.text) as { error: { issues: { path: string }[] } }).error;
    expect([reply.status, issues.length, issues[0]?.path]).toEqual([400, 100, 'profiles[0].a']);
    const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`a${index}`, 1]));
    const attributes = thrownByLater(emulator.seedProfiles('demo', [{ pcId: '1', attributes: many as never }]));
    expect(pathsOf(await attributes)).toHaveLength(100);
  });
});

describe('an object that shows no fields is not taken for one without any', () => {
  const OPAQUE = {
    'a Map': new Map([['pcId', '1']]),
    'a Set': new Set(['pcId']),
    'a promise that nobody awaited': Promise.resolve({ pcId: '1' }),
    'parameters of a URL': new URLSearchParams('pcId=1'),
    'a date': new Date(0),
    'an object of getters': new (class Visitor {
      get pcId() {
        return '1';
      }
    })(),
  };

  it.each(Object.entries(OPAQUE))('%s', async (_, opaque) => {
    const emulator = await openEmulator();
    emulator.faults.set({ latency: { ms: 0 } });
    const given = opaque as never;
    const refused: readonly [call: () => unknown, path: string][] = [
      [() => emulator.visit('demo', given), ''],
      [() => emulator.setSettings('demo', given), ''],
      [() => emulator.faults.set(given), ''],
      [() => emulator.faults.set({ latency: given }), 'latency'],
      [() => emulator.journal.verify(given), ''],
      [() => emulator.journal.verify({ times: given }), 'times'],
      [() => emulator.profiles('demo', given), ''],
      [() => emulator.changeClock(given), ''],
      [() => emulator.seedProfiles('demo', [{ pcId: '1', attributes: given }]), 'profiles[0].attributes'],
      [() => createEmulator(given), ''],
    ];
    for (const [call, path] of refused) {
      const thrown = await (async () => call())().catch((error: unknown) => error);
      expect(pathsOf(thrown), String(call)).toEqual([path]);
    }
    expect([emulator.clients(), Object.keys(emulator.faults.get())]).toEqual([[], ['latency']]);
  });

  it('and one of a class, of another realm or without a prototype is taken as it is', async () => {
    const emulator = await openEmulator();
    const { runInNewContext } = await import('node:vm');
    class Ids {
      readonly thirdPartyId = 'ann';
    }
    expect(await emulator.visit('demo', new Ids())).toMatchObject({ thirdPartyId: 'ann' });
    expect(await emulator.visit('demo', Object.create(null))).toMatchObject({ created: true });
    expect(await emulator.visit('demo', runInNewContext('({})'))).toMatchObject({ created: true });
    await emulator.seedProfiles('demo', [{ pcId: '1', attributes: runInNewContext('({})') }]);
  });
});

it('a hundred thousand wrong calls that a fault shall fire on are one issue', async () => {
  const emulator = await openEmulator();
  const body = `{"latency":{"on":[${Array.from({ length: 100_000 }, () => '1').join(',')}]}}`;
  const reply = await send(`${emulator.url}/__emulator/faults`, { method: 'PUT', body });
  const { issues } = (JSON.parse(reply.text) as { error: { issues: { path: string }[] } }).error;
  expect([reply.status, issues.map(({ path }) => path)]).toEqual([400, ['latency.on']]);
  const calls = (count: number) => ({ latency: { on: Array.from({ length: count }, () => 'fetch' as const), ms: 1 } });
  expect(() => emulator.faults.set(calls(100))).not.toThrow();
  expect(pathsOf(thrownBy(() => emulator.faults.set(calls(101))))).toEqual(['latency.on']);
});

it('a parameter that an operation does not take is refused, of those as well that take none', async () => {
  const emulator = await openEmulator();
  expect((await send(`${emulator.url}/__emulator/health?t=1767225600`)).status).toBe(400);
  expect((await send(`${emulator.url}/__emulator/batches?t=1767225600`)).status).toBe(400);
});

it('nothing at all is judged like any wrong input, and is no TypeError', async () => {
  const emulator = await openEmulator();
  const client = emulator.client('demo');
  for (const nothing of [undefined, null, 1, '', {}] as never[]) {
    for (const call of [
      () => emulator.profile('demo', nothing),
      () => emulator.explain('demo', nothing),
      () => client.profile(nothing),
      () => client.explain(nothing),
    ]) {
      expect(pathsOf(thrownBy(call))).toEqual(['id', 'kind']);
    }
    expect(pathsOf(await thrownByLater(emulator.restore(nothing)))).toEqual(['id']);
    expect(pathsOf(await thrownByLater(emulator.discard(nothing)))).toEqual(['id']);
  }
});

it('null in place of what may be left out is refused by name', async () => {
  const emulator = await openEmulator();
  const nothing = null as never;
  const later = [
    () => emulator.seedProfiles('demo', nothing),
    () => emulator.visit('demo', nothing),
    () => emulator.setPace('demo', nothing),
    () => emulator.setSettings('demo', nothing),
    () => emulator.setBatchPace('none', nothing),
    () => emulator.changeClock(nothing),
    () => emulator.advance(nothing),
    () => emulator.release(nothing),
    () => emulator.dropClient(nothing),
  ];
  for (const call of later) await expect(call()).rejects.toBeInstanceOf(z.ZodError);
  const atOnce = [
    () => emulator.batches(nothing),
    () => emulator.batch(nothing),
    () => emulator.rows('none', nothing),
    () => emulator.profiles('demo', nothing),
    () => emulator.pace(nothing),
    () => emulator.explainRow(nothing, nothing),
    () => emulator.faults.set(nothing),
    () => emulator.journal.read(nothing),
    () => emulator.journal.verify(nothing),
    () => emulator.client(nothing),
  ];
  for (const call of atOnce) expect([String(call), thrownBy(call)]).toEqual([String(call), expect.any(z.ZodError)]);
});

describe('rows, in process', () => {
  it('are listed in pages and by outcome, as over HTTP', async () => {
    const emulator = await openEmulator();
    const body = 'batch=thirdPartyId,a\nann,1\nb/b,2\ncat,3\nd+d,4';
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body });
    await emulator.drain();
    const { batchId } = emulator.batches()[0]!;
    const first = emulator.rows(batchId, { limit: 2 });
    expect(first?.items.map(({ row, outcome }) => [row, outcome])).toEqual([
      [1, 'created'],
      [2, 'failed'],
    ]);
    expect(emulator.rows(batchId, { limit: 2, cursor: first?.next })?.items.map(({ row }) => row)).toEqual([3, 4]);
    expect(emulator.rows(batchId, { outcome: 'failed' })).toMatchObject({ items: [{ row: 2 }, { row: 4 }] });
    expect(emulator.rows('none')).toBe(undefined);
    expect(pathsOf(thrownBy(() => emulator.rows(batchId, { limit: 1_001, outcome: 'x' as never })))).toEqual([
      'limit',
      'outcome',
    ]);
  });
});

it('the path that an operation is asked by leads to that operation, whatever its arguments hold', async () => {
  const emulator = await createEmulator();
  const id = { kind: 'pcId', value: 'ä /?#%&+=;:@..\u{1f600}' } as const;
  await emulator.seedProfiles('demo', [{ id, attributes: { 'a&b=c': 'x', other: 'y' } }]);
  const ask = async (path: string) => (await emulator.fetch(new Request(`http://localhost${path}`))).json();
  expect(await ask(controlRequest(OPERATIONS.explain, ['demo', id, 'a&b=c']).path)).toMatchObject({
    pcId: id.value,
    attributes: [{ name: 'a&b=c', value: 'x' }],
  });
  expect(controlRequest(OPERATIONS.batches, [])).toMatchObject({
    method: 'GET',
    path: '/__emulator/batches?limit=1000',
  });
  expect(controlRequest(OPERATIONS.faults.get, []).path).toBe('/__emulator/faults');
  expect(controlRequest(OPERATIONS.faults.get, ['demo']).path).toBe('/__emulator/clients/demo/faults');
  expect(controlRequest(OPERATIONS.resetClient, ['demo'])).toMatchObject({
    method: 'POST',
    path: '/__emulator/clients/demo/reset',
  });
  await emulator.close();
});

function named(table: OperationTable, group = ''): readonly (readonly [string, AnyOperation])[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isOperation(entry) ? [[`${group}${name}`, entry] as const] : named(entry, `${group}${name}.`),
  );
}

function methodOf(handle: object, name: string): (...args: readonly unknown[]) => unknown {
  const found = name.split('.').reduce<unknown>((place, step) => (place as Record<string, unknown>)[step], handle);
  return found as (...args: readonly unknown[]) => unknown;
}

function pathsOf(error: unknown): readonly string[] {
  expect(error).toBeInstanceOf(z.ZodError);
  return inputIssues(error as z.ZodError, 100)
    .map(({ path }) => path)
    .toSorted();
}

const thrownByLater = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
