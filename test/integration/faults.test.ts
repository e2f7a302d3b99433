/** Each fault twice: what it does to a caller, over a real socket or in process, and that the same seed does it again. */
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmulator, faultSetSchema, virtualClock } from '../../src/server/index.ts';
import type { Emulator, GivenFaults, VirtualClock } from '../../src/server/index.ts';
import { NOW, getJson, hears, json, openEmulator, rawSocket, send } from './support.ts';

const V2 = '/m2/demo/v2/profile/batchUpdate';
const file = (rows: number, value = 'x') =>
  `batch=thirdPartyId,tier\n${Array.from({ length: rows }, (_, row) => `C-${row},${value}`).join('\n')}`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** In process: no socket, time stands still, nothing is applied until `drain()`. */
async function inProcess(faults: GivenFaults, seed = 1): Promise<Emulator & { readonly time: VirtualClock }> {
  const time = virtualClock(NOW);
  const emulator = await createEmulator({ seed }, { clock: time, drive: 'by-hand' });
  onTestFinished(() => emulator.close());
  emulator.faults.set(faults);
  return { ...emulator, time };
}

const post = (emulator: Emulator, body: string, path = V2) =>
  emulator.fetch(new Request(`http://localhost${path}`, { method: 'POST', body }));

/** What a sender sees of 30 submissions: status, cause, body, or that the connection was cut. */
async function trace(faults: GivenFaults, seed = 1, order: 'forwards' | 'backwards' = 'forwards'): Promise<string[]> {
  const emulator = await inProcess(faults, seed);
  const bodies = Array.from({ length: 30 }, (_, index) => file(8, `v${index}`));
  const seen = new Map<string, string>();
  for (const body of order === 'forwards' ? bodies : bodies.toReversed()) {
    const asked = post(emulator, body).then(
      async (reply) => [reply.status, reply.headers.get('x-emulator-cause'), await bodyOf(reply)].join(' '),
      (error: Error) => error.message,
    );
    // What waits on the clock goes on when it moves; one turn lets the request come as far as its wait.
    seen.set(body, await whileTimePasses(emulator.time, asked));
  }
  await emulator.drain();
  const batches = [];
  for (const batch of emulator.batches()) {
    const gone = [
      ...(await rowNumbers(emulator, batch.batchId, 'lost')),
      ...(await rowNumbers(emulator, batch.batchId, 'failed')),
    ];
    batches.push(`${batch.status} ${gone.join(',')}`);
  }
  const { entries } = emulator.journal.read({ kind: 'fault', limit: 1_000 });
  const journaled = entries.map((entry) => entry.kind === 'fault' && `journal ${entry.fault} ${entry.content}`);
  return [
    ...bodies.map((body) => seen.get(body)!.replaceAll(/demo-[\d-]*/g, 'ID')),
    ...batches.toSorted(),
    ...journaled.map(String).toSorted(),
  ];
}

async function rowNumbers(emulator: Emulator, batchId: string, outcome: string): Promise<number[]> {
  const rows = `http://localhost/__emulator/batches/${batchId}/rows?outcome=${outcome}`;
  const page = (await (await emulator.fetch(new Request(rows))).json()) as { rows: { row: number }[] };
  return page.rows.map(({ row }) => row);
}

const bodyOf = (reply: Response) => reply.text().catch((error: Error) => error.message);

async function whileTimePasses<Result>(time: VirtualClock, asked: Promise<Result>): Promise<Result> {
  let isDone = false;
  const done = asked.finally(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    time.advance(50);
  }
  return done;
}

/** Each as it may or may not fire on a submission; updatesPerDay never does. */
const REPLAYED = {
  status: { probability: 0.5 },
  callsPerMinute: { probability: 0.5, usedByOthers: 50 },
  refuse: { probability: 0.5 },
  cutRequest: { probability: 0.5, afterBytes: 10 },
  stuck: { probability: 0.5 },
  slowIngestion: { probability: 0.5, rowsPerStep: 1, everyMs: 0 },
  silentLoss: { share: 0.5 },
  visibleLoss: { share: 0.5 },
  commitThenCut: { probability: 0.5 },
  malformedXml: { probability: 0.5 },
  latency: { probability: 0.5, ms: 10, jitterMs: 20 },
  cutReply: { probability: 0.5, afterBytes: 9 },
  drip: { probability: 0.5, bytes: 100, everyMs: 10 },
} satisfies Required<Omit<GivenFaults, 'updatesPerDay'>>;

describe('replay', () => {
  it.each(Object.entries(REPLAYED))(
    '%s happens again under the same seed in any order of arrival, and otherwise under another; the journal has it',
    async (name, settings) => {
      const faults: GivenFaults = { [name]: settings };
      const first = await trace(faults);
      expect(first.filter((seen) => seen.startsWith('journal ')).length).toBeGreaterThan(0);
      expect(first.filter((seen) => seen.startsWith('journal ') && !seen.startsWith(`journal ${name} `))).toEqual([]);
      expect(await trace(faults)).toEqual(first);
      expect(await trace(faults, 1, 'backwards')).toEqual(first);
      expect(await trace(faults, 2)).not.toEqual(first);
    },
  );

  it('is shown of every fault there is of a submission', () => {
    expect([...Object.keys(REPLAYED), 'updatesPerDay'].toSorted()).toEqual(
      Object.keys(faultSetSchema.shape).toSorted(),
    );
  });

  it('starts anew when the faults are set again', async () => {
    const faults = { status: { probability: 0.5 } };
    const emulator = await inProcess(faults);
    const statuses = async () => {
      const seen: number[] = [];
      for (let turn = 0; turn < 20; turn += 1) seen.push((await post(emulator, file(1))).status);
      return seen;
    };
    const first = await statuses();
    emulator.faults.set(faults);
    expect(await statuses()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 503]));
  });
});

describe('status', () => {
  it('fails so many requests, then lets them pass, and takes nothing in meanwhile', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ status: { code: 502, times: 2, retryAfterSeconds: 7 } });
    const replies = [];
    for (let turn = 0; turn < 3; turn += 1) replies.push(await send(`${emulator.url}${V2}`, { body: file(1) }));
    expect(replies.map(({ status }) => status)).toEqual([502, 502, 200]);
    expect(replies[0]?.headers).toMatchObject({ 'x-emulator-cause': 'fault/status', 'retry-after': '7' });
    expect(replies[2]?.headers['x-emulator-cause']).toBeUndefined();
    expect(emulator.batches()).toHaveLength(1);
  });

  it('by content: this file 503 twice, then 200, and every other file 200', async () => {
    const emulator = await openEmulator();
    const [bad, good] = [file(2, 'bad'), file(2, 'good')];
    emulator.faults.set({ status: { times: 2, per: 'content', content: sha256(bad) } }, 'demo');
    const statuses = [];
    for (const body of [bad, good, bad, bad, good]) {
      statuses.push((await send(`${emulator.url}${V2}`, { body })).status);
    }
    expect(statuses).toEqual([503, 200, 503, 200, 200]);
  });

  it('a large file is refused before it has all arrived, and the reply still comes', async () => {
    const emulator = await openEmulator({ rateLimit: 'submissions' });
    emulator.faults.set({ stuck: {}, status: { times: 1 } });
    const statuses = [];
    for (let turn = 0; turn < 52; turn += 1) {
      const body = turn === 0 || turn === 51 ? file(200_000) : file(1);
      statuses.push((await send(`${emulator.url}${V2}`, { body })).status);
    }
    expect([statuses[0], statuses[1], statuses[51]]).toEqual([503, 200, 503]);
  });

  it('each file fails once, however many there are', async () => {
    const emulator = await inProcess({ status: { times: 1, per: 'content' } });
    const statuses = [];
    for (const body of [file(1), file(2), file(1), file(2)]) statuses.push((await post(emulator, body)).status);
    expect(statuses).toEqual([503, 503, 200, 200]);
  });

  it('a file longer than what is digested is known by its beginning, and still taken in whole', async () => {
    const emulator = await inProcess({});
    const body = file(20_000);
    emulator.faults.set({ status: { times: 1, content: sha256(body.slice(0, 65_536)) } });
    expect((await post(emulator, body)).status).toBe(503);
    expect((await post(emulator, body)).status).toBe(200);
    await emulator.drain();
    expect(emulator.batches()[0]).toMatchObject({ batchSize: 20_000, successfulUpdates: 20_000 });
  });

  it('fires on the calls it names: a fetch answers in its own shape', async () => {
    const emulator = await inProcess({ status: { code: 500, on: ['fetch'] } });
    expect((await post(emulator, file(1))).status).toBe(200);
    const reply = await emulator.fetch(new Request('http://localhost/rest/v1/profiles/1?client=demo'));
    expect([reply.status, ((await reply.json()) as { status: number }).status]).toEqual([500, 500]);
  });
});

describe('callsPerMinute', () => {
  it('lim-calls-min: 503 for the 51st call of a minute, and a later minute serves again', async () => {
    const emulator = await inProcess({ callsPerMinute: { on: ['submit'] } });
    const statuses = [];
    for (let call = 0; call < 51; call += 1) statuses.push((await post(emulator, file(1))).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    expect(statuses.at(-1)).toBe(503);
    emulator.time.advance(60_000);
    expect((await post(emulator, file(1))).status).toBe(200);
  });

  it('lim-calls-min: others on the account use it up', async () => {
    const emulator = await inProcess({ callsPerMinute: { usedByOthers: 49 } });
    expect((await post(emulator, file(1))).status).toBe(200);
    const refused = await post(emulator, file(1));
    expect([refused.status, refused.headers.get('x-emulator-cause')]).toEqual([503, 'fault/callsPerMinute']);
  });
});

describe('updatesPerDay, and singleUpdatesPerDay', () => {
  const beforeTheLast = { updatesPerDay: { usedByOthers: 999_999 } };
  it.each([
    ['the setting', {}, { singleUpdatesPerDay: 1 }, 'rule/lim-single-rate'],
    ['the fault', beforeTheLast, {}, 'fault/updatesPerDay'],
  ])(
    'lim-single-rate: by %s what is refused does not count, nor HEAD, which is told what GET would be',
    async (...given) => {
      const [, faults, settings, cause] = given;
      const emulator = await inProcess(faults);
      await emulator.setSettings('demo', settings);
      const ask = async (method: string, query: string) => {
        const url = `http://localhost/m2/demo/profile/update?${query}`;
        const { status, headers } = await emulator.fetch(new Request(url, { method }));
        return [status, headers.get('x-emulator-cause')];
      };
      const [GOOD, SPENT] = ['mboxPC=1&profile.a=1', [503, cause]];
      expect(await ask('GET', 'profile.a=1')).toEqual([200, 'rule/sgl-params']);
      expect(await ask('GET', `${GOOD}${'1'.repeat(9_000)}`)).toEqual([200, 'rule/lim-single-size']);
      expect((await ask('HEAD', GOOD))[0]).toBe(200);
      expect((await ask('GET', GOOD))[0]).toBe(200);
      expect([await ask('HEAD', GOOD), await ask('GET', GOOD)]).toEqual([SPENT, SPENT]);
    },
  );

  it('lim-single-rate: what the setting refuses does not count', async () => {
    const emulator = await inProcess({ updatesPerDay: { usedByOthers: 999_998 } });
    await emulator.setSettings('demo', { singleUpdatesPerDay: 1 });
    const url = 'http://localhost/m2/demo/profile/update?mboxPC=1&profile.a=1';
    const cause = async () => (await emulator.fetch(new Request(url))).headers.get('x-emulator-cause');
    expect([await cause(), await cause(), await cause()].slice(1)).toEqual(Array(2).fill('rule/lim-single-rate'));
    await emulator.setSettings('demo', { singleUpdatesPerDay: 10 });
    expect([await cause(), await cause()].slice(1)).toEqual(['fault/updatesPerDay']);
  });

  it('lim-single-rate: others on the account use it up, and a later day serves again', async () => {
    const emulator = await inProcess({ updatesPerDay: { usedByOthers: 999_999 } });
    const update = () => emulator.fetch(new Request('http://localhost/m2/demo/profile/update?mboxPC=1&profile.a=1'));
    expect((await update()).status).toBe(200);
    const refused = await update();
    expect([refused.status, refused.headers.get('x-emulator-cause')]).toEqual([503, 'fault/updatesPerDay']);
    expect(await refused.text()).toContain('single updates of 24 hours');
    emulator.time.advance(24 * 3_600_000);
    expect((await update()).status).toBe(200);
  });
});

describe('refuse', () => {
  it('answers success=false with 200 and takes nothing in', async () => {
    const emulator = await inProcess({ refuse: { message: 'Try later.' } });
    const reply = await post(emulator, file(1));
    expect([reply.status, reply.headers.get('x-emulator-cause')]).toEqual([200, 'fault/refuse']);
    const text = await reply.text();
    expect(text).toContain('<success>false</success>');
    expect(text).toContain('Try later.');
    expect(emulator.batches()).toEqual([]);
  });
});

describe('cutRequest', () => {
  it('cuts the connection within the body and keeps nothing of it', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ cutRequest: { afterBytes: 30 } });
    const raw = rawSocket(emulator.port);
    const body = file(100);
    raw.socket.write(`POST ${V2} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(await raw.heard).toBe('');
    expect(emulator.batches()).toEqual([]);
    expect(emulator.journal.read({ kind: 'request' }).entries).toMatchObject([{ faults: ['cutRequest'] }]);
  });

  it('shows in process as a rejected fetch, and lets a shorter body pass', async () => {
    const emulator = await inProcess({ cutRequest: { afterBytes: 100 } });
    await expect(post(emulator, file(100))).rejects.toThrow('cut on purpose, within the request');
    expect((await post(emulator, file(1))).status).toBe(200);
    expect(emulator.batches()).toHaveLength(1);
  });
});

describe('commitThenCut', () => {
  it('commits, then cuts before the first byte: the rows are applied all the same', async () => {
    const emulator = await openEmulator({}, { drive: 'pump' });
    emulator.faults.set({ commitThenCut: {} });
    const raw = rawSocket(emulator.port);
    const body = file(2);
    raw.socket.write(`POST ${V2} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(await raw.heard).toBe('');
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'complete', successfulUpdates: 2 }]);
    expect(emulator.journal.read({ kind: 'fault' }).entries).toMatchObject([
      { fault: 'commitThenCut', batchId: emulator.batches()[0]!.batchId },
    ]);
  });

  it('shows in process as a rejected fetch, and lets refusals through', async () => {
    const emulator = await inProcess({ commitThenCut: {} });
    await expect(post(emulator, file(1))).rejects.toThrow('after the commit and before the reply');
    expect(emulator.batches()).toHaveLength(1);
    expect(await (await post(emulator, 'no batch')).text()).toContain('<success>false</success>');
  });
});

describe('cutReply', () => {
  it('sends the head and so many bytes, then cuts', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ cutReply: { afterBytes: 12 } });
    const raw = rawSocket(emulator.port);
    raw.socket.write(`POST ${V2} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${file(1).length}\r\n\r\n${file(1)}`);
    const heard = await raw.heard;
    expect(heard).toContain('x-emulator-cause: fault/cutReply');
    expect(heard.split('\r\n\r\n')[1]).toBe('<response><s');
    expect(emulator.batches()).toHaveLength(1);
  });

  it('sends the head alone where no byte may follow', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ cutReply: {} });
    const raw = rawSocket(emulator.port);
    raw.socket.write(`GET /m2/demo/profile/batchStatus?batchId=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(await raw.heard).toMatch(/^HTTP\/1\.1 404 [^]*\r\n\r\n$/);
  });

  it('shows in process as a body that breaks', async () => {
    const emulator = await inProcess({ cutReply: { afterBytes: 5 } });
    const reply = await post(emulator, file(1));
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow('cut on purpose, within the reply');
  });
});

describe('malformedXml', () => {
  it('cuts the XML off and leaves the HTTP whole', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ malformedXml: {} });
    const reply = await send(`${emulator.url}${V2}`, { body: file(1) });
    expect(reply.text.startsWith('<')).toBe(true);
    expect(reply.text).not.toContain('</response>');
    expect(Number(reply.headers['content-length'])).toBe(reply.text.length);
    expect(reply.headers['x-emulator-cause']).toBe('fault/malformedXml');
  });

  it('or closes tags that were never opened', async () => {
    const emulator = await inProcess({ malformedXml: { how: 'mismatched' } });
    expect(await (await post(emulator, file(1))).text()).toContain('</success-broken>');
  });
});

describe('latency and drip', () => {
  it('latency: the work is done, and the reply waits for the clock', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ latency: { ms: 5_000 } });
    const reply = send(`${emulator.url}${V2}`, { body: file(1) });
    let isAnswered = false;
    void reply.then(() => (isAnswered = true));
    while (emulator.batches().length === 0) await new Promise((resolve) => setImmediate(resolve));
    emulator.time.advance(4_999);
    await send(`${emulator.url}/__emulator/health`);
    expect(isAnswered).toBe(false);
    await vanishes(() => emulator.time.advance(1), reply);
    expect((await reply).headers['x-emulator-cause']).toBe('fault/latency');
  });

  it('latency: closing does not wait for a clock that stands still', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ latency: { ms: 600_000 } });
    const reply = send(`${emulator.url}${V2}`, { body: file(1) });
    while (emulator.journal.read({ kind: 'fault' }).entries.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await emulator.close();
    expect((await reply).status).toBe(200);
  });

  it('drip: the body comes in pieces, each when the clock has moved', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ drip: { bytes: 11, everyMs: 1_000 } });
    const raw = rawSocket(emulator.port);
    raw.socket.write(`GET /m2/demo/profile/batchStatus?batchId=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await hears(raw, '\r\n\r\n');
    expect(raw.said().endsWith('\r\n\r\n')).toBe(true);
    await vanishes(() => emulator.time.advance(1_000), hears(raw, '<response>'));
    emulator.faults.set({});
    raw.socket.destroy();
  });
});

/** Moves the clock, a turn of the loop between, until `done`: the wait begins only when the request has come so far. */
async function vanishes(advance: () => void, done: Promise<unknown>): Promise<void> {
  let isDone = false;
  void done.finally(() => (isDone = true));
  while (!isDone) {
    advance();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('faults of a batch', () => {
  const listedRows = async (emulator: Emulator, outcome: string) => {
    const [{ batchId } = { batchId: '' }] = emulator.batches();
    const reply = await emulator.fetch(
      new Request(`http://localhost/__emulator/batches/${batchId}/rows?outcome=${outcome}&limit=1000`),
    );
    return ((await reply.json()) as { rows: { row: number; id: string; rule: string }[] }).rows;
  };

  it('stuck: the status says so after so many rows, and later batches go on', async () => {
    const emulator = await inProcess({ stuck: { afterRows: 3, times: 1 } });
    expect((await post(emulator, file(10))).headers.get('x-emulator-cause')).toBe('fault/stuck');
    await post(emulator, file(2, 'later'));
    await emulator.drain();
    const [later, stuck] = emulator.batches();
    expect(stuck).toMatchObject({ status: 'stuck', consumedCount: 3, successfulUpdates: 3, body: 'kept' });
    expect(later).toMatchObject({ status: 'complete', successfulUpdates: 2 });
  });

  it('slowIngestion: so many rows a step, and the clock between', async () => {
    const emulator = await inProcess({ slowIngestion: { rowsPerStep: 4, everyMs: 1_000 } });
    await post(emulator, file(10));
    const consumed = [];
    for (let turn = 0; turn < 3; turn += 1) {
      await emulator.drain();
      consumed.push(emulator.batches()[0]!.consumedCount);
      emulator.time.advance(1_000);
    }
    expect(consumed).toEqual([4, 8, 10]);
  });

  it('slowIngestion: without a wait each step still takes no more', async () => {
    const emulator = await inProcess({ slowIngestion: { rowsPerStep: 4, everyMs: 0 } });
    await post(emulator, file(10));
    expect([await emulator.step(), await emulator.step(), await emulator.step()].map(({ rows }) => rows)).toEqual([
      4, 4, 2,
    ]);
  });

  it('thr-loss: rows lost silently leave no trace in the counters, and none in the profiles', async () => {
    const emulator = await inProcess({ silentLoss: { share: 0.2 } });
    await post(emulator, file(200));
    await emulator.drain();
    const lost = await listedRows(emulator, 'lost');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(({ rule }) => rule === 'thr-loss')).toBe(true);
    expect(emulator.batches()[0]).toMatchObject({
      status: 'complete',
      successfulUpdates: 200,
      failedUpdates: 0,
      lostRows: lost.length,
      createdProfiles: 200 - lost.length,
    });
    for (const { id } of lost) expect(emulator.profile('demo', { kind: 'thirdPartyId', value: id })).toBeUndefined();
  });

  it('thr-loss: no shape of the status tells of silent loss', async () => {
    const emulator = await inProcess({ silentLoss: { share: 1 } });
    const settings = new Request('http://localhost/__emulator/clients/demo/settings', {
      method: 'PUT',
      body: JSON.stringify({ statusShape: '2017' }),
    });
    await emulator.fetch(settings);
    await post(emulator, file(2));
    await emulator.drain();
    const { batchId } = emulator.batches()[0]!;
    const status = new Request(`http://localhost/m2/demo/profile/batchStatus?batchId=${batchId}&showDetails=true`);
    const text = await (await emulator.fetch(status)).text();
    expect(text).toContain('success');
    expect(text).not.toContain('error');
  });

  it('thr-loss: which rows are lost does not depend on the size of the slices', async () => {
    const rowsLost = async (slow: GivenFaults) => {
      const emulator = await inProcess({ silentLoss: { share: 0.2 }, ...slow });
      await post(emulator, file(100));
      await emulator.drain();
      return (await listedRows(emulator, 'lost')).map(({ row }) => row);
    };
    expect(await rowsLost({ slowIngestion: { rowsPerStep: 7, everyMs: 0 } })).toEqual(await rowsLost({}));
  });

  it('thr-message-loss: rows lost visibly count as failed', async () => {
    const emulator = await inProcess({ visibleLoss: { share: 0.2 } });
    await post(emulator, file(200));
    await emulator.drain();
    const failed = await listedRows(emulator, 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ rule }) => rule === 'thr-message-loss')).toBe(true);
    expect(emulator.batches()[0]).toMatchObject({
      successfulUpdates: 200 - failed.length,
      failedUpdates: failed.length,
      lostRows: 0,
    });
  });
});

describe('the set of faults', () => {
  const put = (emulator: { url: string }, path: string, value: unknown) =>
    send(`${emulator.url}/__emulator${path}`, { method: 'PUT', ...json(value) });

  it('is replaced as a whole, shown with its defaults, and {} means none', async () => {
    const emulator = await openEmulator();
    await put(emulator, '/clients/demo/faults', { stuck: {} });
    await put(emulator, '/clients/demo/faults', { refuse: {} });
    expect(await getJson(`${emulator.url}/__emulator/clients/demo/faults`)).toEqual({
      refuse: { on: ['submit', 'update'], probability: 1, per: 'client', message: 'Refused on purpose.' },
    });
    expect((await put(emulator, '/clients/demo/faults', {})).status).toBe(200);
    expect(await getJson(`${emulator.url}/__emulator/clients/demo/faults`)).toEqual({});
    expect((await send(`${emulator.url}${V2}`, { body: file(1) })).headers['x-emulator-cause']).toBeUndefined();
  });

  it('of one client code leaves the others alone, and goes with it', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ status: {} }, 'demo');
    expect((await send(`${emulator.url}/m2/other/v2/profile/batchUpdate`, { body: file(1) })).status).toBe(200);
    expect((await send(`${emulator.url}${V2}`, { body: file(1) })).status).toBe(503);
    await send(`${emulator.url}/__emulator/clients/demo`, { method: 'DELETE' });
    expect((await send(`${emulator.url}${V2}`, { body: file(1) })).status).toBe(200);
  });

  it('for all is overruled, fault by fault, by one of the client code', async () => {
    const emulator = await openEmulator();
    await put(emulator, '/faults', { status: { code: 500 } });
    emulator.faults.set({ status: { code: 502 } }, 'demo');
    expect((await send(`${emulator.url}${V2}`, { body: file(1) })).status).toBe(502);
    expect((await send(`${emulator.url}/m2/other/v2/profile/batchUpdate`, { body: file(1) })).status).toBe(500);
  });

  it('is refused with each path named, and nothing changes', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ refuse: {} }, 'demo');
    const before = emulator.faults.get('demo');
    const wrong = { status: { code: 200, probability: 2 }, latency: { ms: -1 }, thunder: {}, stuck: { on: ['fetch'] } };
    const reply = await put(emulator, '/clients/demo/faults', wrong);
    expect(reply.status).toBe(400);
    const { error } = JSON.parse(reply.text) as { error: { issues: { path: string }[] } };
    expect(error.issues.map(({ path }) => path).toSorted()).toEqual([
      'latency.ms',
      'status.code',
      'status.probability',
      'stuck.on[0]',
      'thunder',
    ]);
    expect(emulator.faults.get('demo')).toEqual(before);
    expect(() => emulator.faults.set(wrong as never, 'demo')).toThrow('thunder');
    expect(emulator.faults.get('demo')).toEqual(before);
    expect((await put(emulator, '/clients/a b/faults'.replace(' ', '%20'), {})).status).toBe(400);
  });

  it('several may fire on one call, and the header names them all', async () => {
    const emulator = await inProcess({ stuck: {}, malformedXml: {} });
    const reply = await post(emulator, file(1));
    expect(reply.headers.get('x-emulator-cause')).toBe('fault/stuck, fault/malformedXml');
    const fired = emulator.journal.read({ kind: 'fault' }).entries;
    expect(fired.map((entry) => entry.kind === 'fault' && entry.fault)).toEqual(['stuck', 'malformedXml']);
  });
});
