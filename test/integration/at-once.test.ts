/** At once means at once: what was submitted at an immediate pace is seen by the next fetch, whoever asks. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { operationsIn } from '../../src/server/harness/operation.ts';
import { OPERATIONS } from '../../src/server/harness/operations.ts';
import { createEmulator, startEmulator } from '../../src/server/index.ts';
import type { EmulatorOptions } from '../../src/server/index.ts';
import { json, openEmulator, rawSocket, type Reply, send, statusLinkIn, thrownBy } from './support.ts';

/** Over one connection that is kept. */
function keptAlive(url: string): (path: string, body?: string) => Promise<Reply> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return (path, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${url}${path}`, { agent, method: body === undefined ? 'GET' : 'POST' });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.once('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, text }));
      });
      outgoing.end(body);
    });
}

const batchOf = (rows: number, value: string, attribute = 'a') =>
  `batch=thirdPartyId,${attribute}\n${Array.from({ length: rows }, (_, row) => `p${row},${value}`).join('\n')}`;

const SUBMIT = '/m2/demo/v2/profile/batchUpdate';
const fetchOf = (row: number) => `/rest/v1/profiles/thirdPartyId/p${row}?client=demo`;

async function temporaryDirectory(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'tpe-at-once-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  return data;
}

/** With the writer in its own thread, of the built package. */
const WORKER = new URL('../../dist/writer-worker.js', import.meta.url);

describe.each(['memory', 'file'])('with a %s store', (kind) => {
  const open = async (options: EmulatorOptions = {}) => {
    const data = kind === 'file' ? await temporaryDirectory() : undefined;
    const emulator = await startEmulator({ ...options, ...(data !== undefined && { data }) }, { workerUrl: WORKER });
    onTestFinished(() => emulator.close());
    return emulator;
  };

  it.each([
    [100, 2],
    [100, 2_000],
    // More than is applied before the reply.
    [10, 5_000],
  ])(
    '%i of as many fetches right after a submission of %i rows see the last row',
    async (rounds, rows) => {
      const { url } = await open();
      const ask = keptAlive(url);
      const seen: boolean[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const submitted = await ask(SUBMIT, batchOf(rows, `v${round}`));
        expect(submitted.text).toContain('<success>true</success>');
        const { status, text } = await ask(fetchOf(rows - 1));
        seen.push(status === 200 && text.includes(`"v${round}"`));
      }
      expect(seen.filter((each) => each)).toHaveLength(rounds);
    },
    60_000,
  );

  it('a small batch has its status `complete` with the reply, and a single update comes after the rows', async () => {
    const { url } = await open();
    const ask = keptAlive(url);
    const link = statusLinkIn((await ask(SUBMIT, batchOf(2, 'x'))).text);
    expect((await ask(link.slice(url.length))).text).toContain('<status>complete</status>');
    await ask(SUBMIT, batchOf(5_000, 'batch'));
    const updated = await ask('/m2/demo/profile/update?mbox3rdPartyId=p4999&profile.a=single');
    expect(updated.headers['x-emulator-cause']).toBeUndefined();
    expect((await ask(fetchOf(4_999))).text).toContain('"single"');
  });
});

describe.each(['memory', 'file'])(
  'what follows large batches is the same with and without waiting, in a %s store',
  (kind) => {
    const LAST = { thirdPartyId: 'p19999' };
    const control = (what: string) => `/__emulator/clients/demo/${what}`;

    /** The last row's profile in the end, whether or not one drains before each request. */
    const endOf = async (asked: readonly (readonly [path: string, body: string])[], drains: boolean) => {
      const data = kind === 'file' ? await temporaryDirectory() : undefined;
      const emulator = await startEmulator({ ...(data !== undefined && { data }) }, { workerUrl: WORKER });
      onTestFinished(() => emulator.close());
      const ask = keptAlive(emulator.url);
      for (const [path, body] of asked) {
        if (drains) await emulator.drain();
        expect((await ask(path, body)).status).toBe(200);
      }
      await emulator.drain();
      const kept = emulator.profile('demo', { kind: 'thirdPartyId', value: LAST.thirdPartyId });
      return kept?.attributes.map(({ name, value, layer }) => `${name}=${value} in ${layer}`).toSorted();
    };

    it.each([
      ['a visit', [control('visits'), JSON.stringify(LAST)], ['a=first in base', 'c=second in pending']],
      [
        'a seed profile',
        [control('profiles'), JSON.stringify({ profiles: [{ ...LAST, attributes: { a: 'seed', b: 'seed' } }] })],
        ['a=seed in base', 'b=seed in base', 'c=second in pending'],
      ],
    ] as const)(
      '%s between two of them',
      async (_, between, expected) => {
        const asked = [[SUBMIT, batchOf(20_000, 'first')], between, [SUBMIT, batchOf(20_000, 'second', 'c')]] as const;
        expect(await endOf(asked, true)).toEqual(expected);
        expect(await endOf(asked, false)).toEqual(expected);
      },
      60_000,
    );
  },
);

describe.each(['memory', 'file'])('what is released is due at once, in a %s store', (kind) => {
  const PACES = {
    manual: { kind: 'manual' },
    realistic: { kind: 'realistic' },
    duration: { kind: 'duration', ms: 3_600_000 },
    polls: { kind: 'polls', polls: 3 },
  } as const;
  const releases: readonly (readonly [string, (batchId: string) => string])[] = [
    ['all', () => 'release'],
    ['its client code', () => 'clients/demo/release'],
    ['the batch', (batchId) => `batches/${batchId}/release`],
  ];

  it.each(
    releases.flatMap(([what, path]) =>
      (['manual', 'realistic', 'duration', 'polls'] as const).map((held) => [what, held, path] as const),
    ),
  )(
    'by releasing %s at the pace %s: each of ten fetches right after it sees the rows',
    async (_, held, path) => {
      const data = kind === 'file' ? await temporaryDirectory() : undefined;
      const emulator = await startEmulator({ ...(data !== undefined && { data }) }, { workerUrl: WORKER });
      onTestFinished(() => emulator.close());
      const ask = keptAlive(emulator.url);
      await emulator.setPace('demo', PACES[held]);
      for (let round = 0; round < 10; round += 1) {
        await ask(SUBMIT, batchOf(round % 2 === 0 ? 2 : 5_000, `v${round}`));
        expect((await ask(fetchOf(1))).text).not.toContain(`"v${round}"`);
        const released = await ask(`/__emulator/${path(emulator.batches('demo')[0]!.batchId)}`, '');
        expect([released.status, (await ask(fetchOf(1))).text]).toEqual([204, expect.stringContaining(`"v${round}"`)]);
      }
    },
    60_000,
  );
});

describe('a parameter that nobody reads', () => {
  it('is refused by every operation, and nothing is changed', async () => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    await emulator.setPace('demo', { kind: 'manual' });
    await send(`${emulator.url}${SUBMIT}`, { body: batchOf(2, 'x') });
    const { batchId } = emulator.batches('demo')[0]!;
    const routes = operationsIn(OPERATIONS).flatMap(({ routes: each }) => each);
    for (const route of routes) {
      const [method, path = ''] = route.split(' ');
      const filled = path
        .replace('{client}', 'demo')
        .replace('{batchId}', batchId)
        .replace('{kind}', 'thirdPartyId')
        .replaceAll(/\{\w+\}/g, '1');
      const { status, text } = await send(`${emulator.url}/__emulator${filled}?unread=p`, {
        method: method!,
        ...(method!.startsWith('P') && json({})),
      });
      expect([route, status, text]).toEqual([route, 400, expect.stringContaining('"path":"unread"')]);
    }
    await emulator.drain();
    expect(emulator.batches('demo')).toMatchObject([{ status: 'incomplete' }]);
  });
});

describe('nobody waits for a batch that is not due at once', () => {
  it.each([
    ['is held', { kind: 'manual' }],
    ['is stuck', { kind: 'stuck', ms: 3_600_000 }],
    ['waits for status requests', { kind: 'polls', polls: 3 }],
    ['is due later', { kind: 'duration', ms: 3_600_000 }],
  ])('which %s, nor for one behind it', async (_, pace) => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    await send(`${emulator.url}/__emulator/clients/demo/pace`, { method: 'PUT', ...json(pace) });
    await send(`${emulator.url}${SUBMIT}`, { body: batchOf(2, 'x') });
    await emulator.setPace('demo', { kind: 'immediate' });
    // Our own order: the batches of one client code are applied as they came.
    await send(`${emulator.url}${SUBMIT}`, { body: batchOf(2, 'y') });
    expect((await send(`${emulator.url}${fetchOf(1)}`)).status).toBe(404);
  });

  it('which a fault slows: an answer comes though an hour lies between two rows', async () => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    emulator.faults.set({ slowIngestion: { rowsPerStep: 1, everyMs: 3_600_000 } }, 'demo');
    await send(`${emulator.url}${SUBMIT}`, { body: batchOf(3, 'x') });
    expect((await send(`${emulator.url}/rest/v1/profiles/thirdPartyId/none?client=demo`)).status).toBe(404);
    expect(emulator.batches('demo')).toMatchObject([{ status: 'incomplete' }]);
  });

  it('whom a hand drives: nothing is applied that was not stepped', async () => {
    const emulator = await openEmulator({ pace: 'immediate' });
    await send(`${emulator.url}${SUBMIT}`, { body: batchOf(2, 'x') });
    expect((await send(`${emulator.url}${fetchOf(1)}`)).status).toBe(404);
    await emulator.step();
    expect((await send(`${emulator.url}${fetchOf(1)}`)).status).toBe(200);
  });
});

describe('while a client waits for its rows', () => {
  it('progress stays visible: status, batch, journal and health are answered, and so is another client', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    let letStep = () => {};
    const maySteps = new Promise<void>((resolve) => (letStep = resolve));
    let stepping = () => {};
    const isStepping = new Promise<void>((resolve) => (stepping = resolve));
    const writer = {
      ...store.writer,
      async step(now: number) {
        stepping();
        await maySteps;
        return store.writer.step(now);
      },
    };
    const emulator = await startEmulator({}, { store: { ...store, writer } });
    onTestFinished(() => emulator.close());
    onTestFinished(letStep);
    await emulator.seedProfiles('other', [{ id: { kind: 'pcId', value: '1' }, attributes: { a: 'x' } }]);
    const link = statusLinkIn((await send(`${emulator.url}${SUBMIT}`, { body: batchOf(5_000, 'x') })).text);
    await isStepping;
    const fetched = send(`${emulator.url}${fetchOf(4_999)}`);
    expect((await send(link)).text).toContain('<status>incomplete</status>');
    for (const path of ['health', 'batches', 'journal', 'clients']) {
      expect((await send(`${emulator.url}/__emulator/${path}`)).status).toBe(200);
    }
    expect((await send(`${emulator.url}/rest/v1/profiles/1?client=other`)).status).toBe(200);
    letStep();
    expect((await fetched).status).toBe(200);
  });

  it('a step that fails lets everybody go', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    const writer = { ...store.writer, step: () => Promise.reject(new Error('the disk is gone')) };
    const failures: unknown[] = [];
    const on = { failure: (error: unknown) => void failures.push(error) };
    const emulator = await startEmulator({}, { store: { ...store, writer }, on });
    onTestFinished(() => emulator.close());
    expect((await send(`${emulator.url}${SUBMIT}`, { body: batchOf(2, 'x') })).status).toBe(200);
    expect((await send(`${emulator.url}${fetchOf(1)}`)).status).toBe(404);
    expect(failures).toEqual([new Error('the disk is gone')]);
  });

  it('commitThenCut: what was committed is applied, though nobody was told', async () => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    emulator.faults.set({ commitThenCut: {} }, 'demo');
    const cut = send(`${emulator.url}${SUBMIT}`, { body: batchOf(2, 'x') });
    await expect(cut).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await send(`${emulator.url}${fetchOf(1)}`)).status).toBe(200);
  });
});

describe('closing', () => {
  /** Each step is as long as the test says. */
  async function stepwise() {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    let steps = 0;
    let letStep = () => {};
    let stepping = () => {};
    const isStepping = new Promise<void>((resolve) => (stepping = resolve));
    const writer = {
      ...store.writer,
      async step(now: number) {
        steps += 1;
        stepping();
        await new Promise<void>((resolve) => (letStep = resolve));
        return store.writer.step(now);
      },
    };
    const emulator = await startEmulator({}, { store: { ...store, writer } });
    onTestFinished(() => {
      const closed = emulator.close();
      letStep();
      return closed;
    });
    await send(`${emulator.url}${SUBMIT}`, { body: batchOf(20_000, 'x') });
    await isStepping;
    return { emulator, steps: () => steps, letStep: () => letStep() };
  }

  it.each([
    ['a fetch', fetchOf(19_999), undefined],
    ['a single update', '/m2/demo/profile/update?mbox3rdPartyId=p1&profile.a=y', undefined],
    ['a profile of the control API', '/__emulator/clients/demo/profiles/thirdPartyId/p1', undefined],
    ['a visit', '/__emulator/clients/demo/visits', '{}'],
    ['drain', '/__emulator/drain', ''],
    ['advance', '/__emulator/clock/advance', '{"ms":0}'],
  ])('%s does not hold it up for more than the step under way, and is told', async (_, path, body) => {
    const { emulator, steps, letStep } = await stepwise();
    const asked = send(`${emulator.url}${path}`, body === undefined ? {} : { body });
    // What was sent before it has been answered: it waits.
    await send(`${emulator.url}/__emulator/health`);
    const closed = emulator.close();
    letStep();
    const { status, headers, text } = await asked;
    await closed;
    expect([status, headers['x-emulator-cause']]).toEqual([503, undefined]);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'closed' } });
    expect(steps()).toBe(1);
  });

  it('a fetch whose sender has gone waits no longer than the step under way', async () => {
    const { emulator, letStep } = await stepwise();
    const { socket } = rawSocket(emulator.port);
    socket.write(`GET ${fetchOf(19_999)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await send(`${emulator.url}/__emulator/health`);
    socket.resetAndDestroy();
    await once(socket, 'close');
    await send(`${emulator.url}/__emulator/health`);
    letStep();
    const fetched = await vi.waitUntil(() => emulator.journal.read({ operation: 'fetch' }).entries[0]);
    expect(fetched).not.toHaveProperty('status');
    expect(emulator.batches('demo')).toMatchObject([{ status: 'incomplete' }]);
  });
});

describe('a closed emulator says so, whoever asks, and calls nothing a bug', () => {
  it.each(['memory', 'file'])('with a %s store', async (kind) => {
    const bugs: unknown[] = [];
    const data = kind === 'file' ? await temporaryDirectory() : undefined;
    const emulator = await createEmulator(
      { ...(data !== undefined && { data }) },
      { workerUrl: WORKER, on: { bug: (...bug) => void bugs.push(bug) } },
    );
    const client = emulator.client('demo');
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'ann' }]);
    await emulator.close();
    for (const [path, init] of [
      ['/__emulator/health'],
      ['/__emulator/clients'],
      [fetchOf(1)],
      [SUBMIT, { method: 'POST', body: batchOf(2, 'x') }],
      ['/m2/demo/profile/update?mboxPC=1&profile.a=x'],
      ['/nowhere'],
    ] as const) {
      const reply = await emulator.app.request(path, init);
      expect([path, reply.status, ((await reply.json()) as { error: { code: string } }).error.code]).toEqual([
        path,
        503,
        'closed',
      ]);
    }
    const closed = expect.objectContaining({ name: 'EmulatorError', code: 'closed' });
    for (const call of [
      () => emulator.health(),
      () => emulator.profile('demo', { kind: 'thirdPartyId', value: 'ann' }),
      () => emulator.client(),
      () => emulator.journal.read(),
      () => client.profiles(),
    ]) {
      expect(thrownBy(call)).toEqual(closed);
    }
    for (const call of [
      () => emulator.drain(),
      () => emulator.step(),
      () => emulator.visit('demo'),
      () => client.drop(),
      () => emulator.snapshot(),
    ]) {
      await expect(call()).rejects.toEqual(closed);
    }
    expect(bugs).toEqual([]);
  });
});
