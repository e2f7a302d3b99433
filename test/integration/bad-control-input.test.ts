/** Bad input to our own API, route by route: 400, each path named, and the whole emulator as it was before. */
import { describe, expect, it } from 'vitest';
import { operationsIn } from '../../src/server/harness/operation.ts';
import { OPERATIONS } from '../../src/server/harness/operations.ts';
import { getJson, json, openEmulator, send } from './support.ts';

type Emulator = Awaited<ReturnType<typeof openEmulator>>;

interface BadInput {
  /** With `BATCH` for the id of a batch that waits. */
  readonly path: string;
  readonly body?: unknown;
  /** What the reply names, sorted. */
  readonly issues: readonly string[];
}

const NO_CLIENT = 'a.b';
const BAD_PAGE = '?limit=0&cursor=x&colour=red';

const BY_ROUTE = operationsIn(OPERATIONS).flatMap((operation) =>
  operation.routes.map((route) => [route, operation] as const),
);

/** Every route that takes input, by its name in the OpenAPI document. */
const BAD_INPUT: Readonly<Record<string, readonly BadInput[]>> = {
  'GET /batches': [
    { path: `/batches${BAD_PAGE}`, issues: ['colour', 'cursor', 'limit'] },
    { path: `/batches?client=${NO_CLIENT}`, issues: ['client'] },
  ],
  'GET /batches/{batchId}/rows': [
    {
      path: `/batches/BATCH/rows${BAD_PAGE}&outcome=great&id=`,
      issues: ['colour', 'cursor', 'id', 'limit', 'outcome'],
    },
  ],
  'GET /batches/{batchId}/rows/{row}': [
    { path: '/batches/BATCH/rows/0', issues: ['row'] },
    { path: '/batches/BATCH/rows/first', issues: ['row'] },
  ],
  'PUT /batches/{batchId}/pace': [
    { path: '/batches/BATCH/pace', body: { kind: 'polls', polls: -1, ms: 1 }, issues: ['ms', 'polls'] },
    { path: '/batches/BATCH/pace', body: { kind: 'soon' }, issues: ['kind'] },
    { path: '/batches/BATCH/pace', body: null, issues: [''] },
  ],
  'PUT /clock': [
    { path: '/clock', body: { now: 'soon', frozen: 'yes', colour: 1 }, issues: ['colour', 'frozen', 'now'] },
    { path: '/clock', body: { frozen: false, now: 1 }, issues: ['frozen'] },
  ],
  'POST /clock/advance': [{ path: '/clock/advance', body: { ms: -1, s: 1 }, issues: ['ms', 's'] }],
  'GET /clients/{client}/profiles/{kind}/{id}/journal': [
    { path: `/clients/${NO_CLIENT}/profiles/eyes/1/journal?limit=0`, issues: ['client', 'kind'] },
    { path: `/clients/demo/profiles/pcId/1/journal?limit=0&cursor=1`, issues: ['cursor', 'limit'] },
  ],
  'POST /clients/{client}/clock/advance': [
    { path: '/clients/demo/clock/advance', body: { ms: 0.5 }, issues: ['ms'] },
    { path: `/clients/${NO_CLIENT}/clock/advance`, body: { ms: 1 }, issues: ['client'] },
  ],
  'GET /clients/{client}/clock': [{ path: `/clients/${NO_CLIENT}/clock`, issues: ['client'] }],
  'POST /clients/{client}/step': [{ path: `/clients/${NO_CLIENT}/step`, issues: ['client'] }],
  'POST /clients/{client}/drain': [{ path: `/clients/${NO_CLIENT}/drain`, issues: ['client'] }],
  'GET /clients': [{ path: `/clients${BAD_PAGE}`, issues: ['colour', 'cursor', 'limit'] }],
  'DELETE /clients/{client}': [{ path: `/clients/${NO_CLIENT}`, issues: ['client'] }],
  'POST /clients/{client}/reset': [{ path: `/clients/${NO_CLIENT}/reset`, issues: ['client'] }],
  'POST /clients/{client}/release': [{ path: `/clients/${NO_CLIENT}/release`, issues: ['client'] }],
  'GET /clients/{client}/pace': [{ path: `/clients/${NO_CLIENT}/pace`, issues: ['client'] }],
  'PUT /clients/{client}/pace': [
    { path: '/clients/demo/pace', body: { kind: 'stuck', ms: 'long', polls: 1 }, issues: ['ms', 'polls'] },
    { path: `/clients/${NO_CLIENT}/pace`, body: { kind: 'manual' }, issues: ['client'] },
  ],
  'GET /clients/{client}/settings': [{ path: `/clients/${NO_CLIENT}/settings`, issues: ['client'] }],
  'PUT /clients/{client}/settings': [
    {
      path: '/clients/demo/settings',
      body: { statusShape: '1999', profileLifetimeDays: 0, colour: 1, body: 'form' },
      issues: ['colour', 'profileLifetimeDays', 'statusShape'],
    },
    { path: `/clients/${NO_CLIENT}/settings`, body: {}, issues: ['client'] },
  ],
  'GET /clients/{client}/profiles': [
    { path: `/clients/demo/profiles${BAD_PAGE}`, issues: ['colour', 'cursor', 'limit'] },
    { path: `/clients/${NO_CLIENT}/profiles`, issues: ['client'] },
  ],
  'POST /clients/{client}/profiles': [
    {
      path: '/clients/demo/profiles',
      body: { profiles: [{ pcId: 'ok' }, { thirdPartyId: 'ann', attributes: { a: 1 } }, { name: 'x' }] },
      issues: ['profiles[1].attributes.a', 'profiles[2]', 'profiles[2].name'],
    },
    { path: '/clients/demo/profiles', body: { profiles: {}, more: 1 }, issues: ['more', 'profiles'] },
    {
      path: '/clients/demo/profiles',
      body: {
        profiles: [{ pcId: 'ok', attributes: Object.fromEntries(Array.from({ length: 4_097 }, (_, at) => [at, 'x'])) }],
      },
      issues: ['profiles[0].attributes'],
    },
    {
      path: '/clients/demo/profiles',
      body: { profiles: [{ pcId: 'ok' }, { pcId: '' }] },
      issues: ['profiles[1].pcId'],
    },
    { path: `/clients/${NO_CLIENT}/profiles`, body: { profiles: [] }, issues: ['client'] },
  ],
  'DELETE /clients/{client}/profiles/{kind}/{id}': [
    { path: `/clients/${NO_CLIENT}/profiles/ecid/7`, issues: ['client', 'kind'] },
  ],
  'GET /clients/{client}/profiles/{kind}/{id}': [
    { path: '/clients/demo/profiles/email/ann', issues: ['kind'] },
    { path: '/clients/demo/profiles/pcId/%ff', issues: ['id'] },
    { path: `/clients/${NO_CLIENT}/profiles/pcId/1`, issues: ['client'] },
  ],
  'GET /clients/{client}/profiles/{kind}/{id}/explain': [
    { path: '/clients/demo/profiles/email/ann/explain', issues: ['kind'] },
    { path: '/clients/demo/profiles/thirdPartyId/%ff/explain', issues: ['id'] },
    { path: '/clients/demo/profiles/thirdPartyId/ann/explain?attribute=&x=1', issues: ['attribute', 'x'] },
    { path: `/clients/${NO_CLIENT}/profiles/thirdPartyId/ann/explain`, issues: ['client'] },
  ],
  'POST /clients/{client}/visits': [
    { path: '/clients/demo/visits', body: { pcId: 1, mboxPC: 'x' }, issues: ['mboxPC', 'pcId'] },
    { path: '/clients/demo/visits', body: { pcId: '', thirdPartyId: 'a/b' }, issues: ['pcId', 'thirdPartyId'] },
    { path: `/clients/${NO_CLIENT}/visits`, body: {}, issues: ['client'] },
  ],
  'POST /clients/{client}/token': [
    { path: '/clients/demo/token?scope=all&expiresIn=0&life=1', issues: ['expiresIn', 'life', 'scope'] },
    { path: '/clients/demo/token?expiresIn=7776000', issues: ['expiresIn'] },
    { path: `/clients/${NO_CLIENT}/token`, issues: ['client'] },
  ],
  'GET /clients/{client}/token': [{ path: '/clients/demo/token?scope=', issues: ['scope'] }],
  'DELETE /clients/{client}/token': [{ path: `/clients/${NO_CLIENT}/token`, issues: ['client'] }],
  'GET /clients/{client}/faults': [{ path: `/clients/${NO_CLIENT}/faults`, issues: ['client'] }],
  'PUT /clients/{client}/faults': [
    {
      path: '/clients/demo/faults',
      body: { status: { code: 200, colour: 1 }, thunder: {}, latency: { on: ['submit', 'eat'] } },
      issues: ['latency.on[1]', 'status.code', 'status.colour', 'thunder'],
    },
    { path: `/clients/${NO_CLIENT}/faults`, body: {}, issues: ['client'] },
  ],
  'GET /clients/{client}/sources': [{ path: `/clients/${NO_CLIENT}/sources`, issues: ['client'] }],
  'PUT /clients/{client}/sources/{alias}': [
    { path: '/clients/demo/sources/CRM', body: {}, issues: ['alias'] },
    {
      path: '/clients/demo/sources/crm',
      body: { name: 'a.b', attributes: [{ name: "a'b", type: 'date' }], active: 1, colour: 'red' },
      issues: ['active', 'attributes[0].name', 'attributes[0].type', 'colour', 'name'],
    },
  ],
  'DELETE /clients/{client}/sources/{alias}': [{ path: '/clients/demo/sources/a%20b', issues: ['alias'] }],
  'GET /clients/{client}/sources/{alias}/files': [
    { path: '/clients/demo/sources/A/files?limit=0', issues: ['alias'] },
    { path: '/clients/demo/sources/crm/files?limit=0&from=1', issues: ['from', 'limit'] },
  ],
  'PUT /clients/{client}/sources/{alias}/files/{name}': [
    { path: '/clients/demo/sources/crm/files/..%2Fcrm.csv', body: { content: 'YQ==' }, issues: ['name'] },
    { path: '/clients/demo/sources/crm/files/crm.csv', body: { content: '?' }, issues: ['content'] },
    { path: '/clients/demo/sources/nobodys/files/crm.csv', body: { content: 'YQ==' }, issues: ['alias'] },
  ],
  'GET /clients/{client}/sources/{alias}/records/{id}': [
    { path: '/clients/demo/sources/A/records/1', issues: ['alias'] },
  ],
  'PUT /faults': [
    { path: '/faults', body: { stuck: { afterRows: -1 }, thunder: {} }, issues: ['stuck.afterRows', 'thunder'] },
  ],
  'GET /journal': [
    {
      path: `/journal${BAD_PAGE}&kind=x&status=999&operation=eat&client=${NO_CLIENT}&fault=thunder`,
      issues: ['client', 'colour', 'cursor', 'fault', 'kind', 'limit', 'operation', 'status'],
    },
    { path: `/journal?path=/${'*a'.repeat(1_024)}`, issues: ['path'] },
    { path: '/journal?path=m2', issues: ['path'] },
  ],
  'GET /journal/latest': [
    { path: `/journal/latest${BAD_PAGE}&client=${NO_CLIENT}`, issues: ['client', 'colour', 'cursor', 'limit'] },
  ],
  'POST /rehearsals': [
    { path: '/rehearsals', body: { requests: [] }, issues: ['requests'] },
    {
      path: '/rehearsals',
      body: { requests: [{ method: 'BREW', path: 'http://example.com/', colour: 1 }] },
      issues: ['requests[0].colour', 'requests[0].method', 'requests[0].path'],
    },
    {
      path: '/rehearsals',
      body: { requests: [{ method: 'GET', path: '/', body: '' }] },
      issues: ['requests[0].body'],
    },
    {
      path: '/rehearsals',
      body: {
        requests: ['text/plain\nx: y', 'text/plän', 'text/plain\n'].map((contentType) => ({
          method: 'POST',
          path: '/',
          body: '',
          contentType,
        })),
      },
      issues: ['requests[0].contentType', 'requests[1].contentType', 'requests[2].contentType'],
    },
  ],
  'POST /compare': [
    {
      path: '/compare',
      body: { name: '', content: '%', differencesMax: -1 },
      issues: ['content', 'differencesMax', 'name'],
    },
    {
      path: '/compare',
      body: { name: 'a', content: '', onProblem: 'hope', colour: 1, profiles: {} },
      issues: ['colour', 'onProblem', 'profiles'],
    },
    { path: '/compare', body: { name: 'a', content: 'YQ==', profiles: [{}] }, issues: ['profiles[0]'] },
    { path: '/compare', body: { name: 'a', content: '' }, issues: ['content'] },
  ],
  'DELETE /journal': [
    { path: `/journal?client=${NO_CLIENT}`, issues: ['client'] },
    { path: '/journal?colour=red', issues: ['colour'] },
  ],
  'POST /verify': [
    {
      path: '/verify',
      body: { status: 'x', verb: 'GET', operation: 'eat', times: -1, client: NO_CLIENT, fault: 'thunder' },
      issues: ['client', 'fault', 'operation', 'status', 'times', 'verb'],
    },
    { path: '/verify', body: { times: { atLeast: 2, atMost: 1 } }, issues: ['times'] },
    { path: '/verify', body: { times: { atLeast: 2, most: 1 } }, issues: ['times.most'] },
  ],
};

/** Routes that take nothing, or an id alone: what nobody knows is 404, and gone is gone. */
const NO_INPUT = [
  'GET /health',
  'GET /openapi.json',
  'GET /batches/{batchId}',
  'GET /batches/{batchId}/body',
  'GET /batches/{batchId}/pace',
  'GET /batches/{batchId}/reply',
  'POST /batches/{batchId}/release',
  'GET /clock',
  'POST /step',
  'POST /drain',
  'GET /snapshots',
  'POST /snapshots',
  'POST /snapshots/{id}/restore',
  'DELETE /snapshots/{id}',
  'GET /sizes',
  'GET /rules',
  'POST /clients',
  'POST /release',
  'GET /faults',
];

/** Something of everything that a route could change. */
async function furnished(): Promise<{ emulator: Emulator; batchId: string }> {
  const emulator = await openEmulator();
  const client = emulator.client('demo');
  await client.seedProfiles([{ id: { kind: 'thirdPartyId', value: 'ann' }, attributes: { tier: 'gold' } }]);
  await client.setPace({ kind: 'manual' });
  client.faults.set({ refuse: { times: 1 } });
  emulator.faults.set({ latency: { ms: 5, on: ['fetch'] } });
  const url = `${emulator.url}/m2/demo/v2/profile/batchUpdate`;
  for (let turn = 0; turn < 2; turn += 1) await send(url, { body: 'batch=thirdPartyId,tier\nann,silver' });
  await emulator.snapshot();
  return { emulator, batchId: emulator.batches()[0]!.batchId };
}

async function everything({ url }: Emulator, batchId: string): Promise<unknown> {
  const paths = [
    '/clock',
    '/clients',
    '/batches',
    `/batches/${batchId}/pace`,
    '/clients/demo/profiles',
    '/clients/demo/pace',
    '/clients/demo/clock',
    '/clients/demo/faults',
    '/faults',
    '/journal',
    '/snapshots',
  ];
  const seen: unknown[] = [];
  for (const path of paths) seen.push(await getJson(`${url}/__emulator${path}`));
  return seen;
}

describe('bad input to the control API', () => {
  it('is tried on every route that takes any', () => {
    expect([...Object.keys(BAD_INPUT), ...NO_INPUT].toSorted()).toEqual(BY_ROUTE.map(([route]) => route).toSorted());
    for (const [route, { taken }] of BY_ROUTE) {
      const { body, query } = taken();
      const takesInput = body !== undefined || Object.keys(query.shape).length > 0 || route.includes('{client}');
      if (takesInput) expect(NO_INPUT, route).not.toContain(route);
    }
  });

  for (const [route, tries] of Object.entries(BAD_INPUT)) {
    it(`${route} answers 400, names each path, and changes nothing`, async () => {
      const { emulator, batchId } = await furnished();
      const before = await everything(emulator, batchId);
      const [method] = route.split(' ') as [string];
      for (const { path, body, issues } of tries) {
        const url = `${emulator.url}/__emulator${path.replace('BATCH', batchId)}`;
        const reply = await send(url, { method, ...(body !== undefined && json(body)) });
        expect([reply.status, namedIn(reply.text)], `${path} ${reply.text}`).toEqual([400, issues]);
        expect(await everything(emulator, batchId), path).toEqual(before);
      }
    });
  }

  const withoutBody = BY_ROUTE.filter(([, { taken }]) => taken().body === undefined).map(([route]) => route);
  it.each(withoutBody)('%s with a body is told what it takes, and changes nothing', async (route) => {
    const { emulator, batchId } = await furnished();
    const before = await everything(emulator, batchId);
    const [method, path] = route.split(' ') as [string, string];
    const ids = { '{batchId}': batchId, '{client}': 'demo', '{id}': '1', '{kind}': 'pcId', '{row}': '1' };
    const url = `${emulator.url}/__emulator${path.replaceAll(/\{\w+\}/g, (name) => ids[name as keyof typeof ids])}`;
    for (const body of ['{"client":"p"}', '[1]', '"p"', 'client=p']) {
      const headers = { 'content-length': String(body.length) };
      const reply = await send(url, { method, body, headers });
      expect([reply.status, namedIn(reply.text)], `${body} ${reply.text}`).toEqual([400, ['']]);
      if (body.startsWith('{')) expect(reply.text).toMatch(/Takes no body\. .* takes/);
    }
    expect(await everything(emulator, batchId)).toEqual(before);
  });

  it('takes an empty object for no body, which some clients send with every POST', async () => {
    const { emulator } = await furnished();
    expect((await send(`${emulator.url}/__emulator/drain`, { body: '{}' })).status).toBe(204);
  });

  it('says what a route takes whose parameters are not the ones that were given', async () => {
    const { emulator } = await furnished();
    const reply = await send(`${emulator.url}/__emulator/release?client=demo`, { method: 'POST' });
    expect(reply.text).toContain('POST /release or POST /clients/{client}/release takes nothing more.');
    expect((await send(`${emulator.url}/__emulator/batches?colour=red`)).text).toContain(
      'GET /batches takes ?client, ?limit, ?cursor.',
    );
  });

  const withBody = BY_ROUTE.flatMap(([route, { taken }]) => (taken().body === undefined ? [] : [route]));
  it.each(withBody)('%s with what is no JSON, or none that it takes, changes nothing either', async (route) => {
    const { emulator, batchId } = await furnished();
    const before = await everything(emulator, batchId);
    const [method, path] = route.split(' ') as [string, string];
    const url = `${emulator.url}/__emulator${path.replace('{batchId}', batchId).replace('{client}', 'demo').replace('{alias}', 'crm').replace('{name}', 'crm.csv')}`;
    for (const body of ['{', '', 'null', '[]', '"x"', Buffer.from([0x22, 0xff, 0x22])]) {
      const reply = await send(url, { method, body });
      expect([reply.status, namedIn(reply.text)], String(body)).toEqual([400, ['']]);
    }
    expect(await everything(emulator, batchId)).toEqual(before);
  });
});

const namedIn = (text: string) =>
  (JSON.parse(text) as { error: { issues: { path: string }[] } }).error.issues.map(({ path }) => path).toSorted();
