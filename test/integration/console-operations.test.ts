/** What the console asks beyond what was there: sizes, rows by id, the reply on the wire, the journal's end, a comparison. */
import { describe, expect, it } from 'vitest';
import { compareFile } from '../../src/cli/compare-file.ts';
import { allRules } from '../../src/protocol/rules/index.ts';
import { createEmulator } from '../../src/server/index.ts';
import { rehearsals } from '../../src/server/rehearsal.ts';
import { json, NOW, openEmulator, send } from './support.ts';

const submit = (emulator: Awaited<ReturnType<typeof openEmulator>>, path: string, body: string) =>
  send(`${emulator.url}/m2/${path}/profile/batchUpdate`, { body });

it('sizes count what each client code owns, and links once', async () => {
  const emulator = await openEmulator();
  await emulator.seedProfiles('one', [{ thirdPartyId: 'a' }, { thirdPartyId: 'b' }]);
  await emulator.visit('one', { thirdPartyId: 'a' });
  await submit(emulator, 'two/v2', 'batch=pcId,x\n1,1');
  await emulator.drain();
  expect(emulator.sizes()).toEqual({
    clients: [
      { client: 'one', profiles: 2, batches: 0 },
      { client: 'two', profiles: 1, batches: 1 },
    ],
    exact: true,
  });
});

it('sizes beyond 20,000 profiles are estimates within a few per cent, and say so', async () => {
  const emulator = await openEmulator();
  const rows = Array.from({ length: 60_000 }, (_, index) => `C-${index},x`).join('\n');
  await submit(emulator, 'many/v2', `batch=thirdPartyId,a\n${rows}`);
  await emulator.drain();
  const { clients, exact } = emulator.sizes();
  expect(exact).toBe(false);
  expect(Math.abs(clients[0]!.profiles - 60_000)).toBeLessThan(3_000);
});

it('rows are found by a part of their id, some thousand rows a page, and the pages lead to all of them', async () => {
  const emulator = await openEmulator();
  const rows = Array.from({ length: 12_000 }, (_, index) => `C-${index},x`);
  rows[11_500] = 'needle%20here,x';
  rows[20] = 'needle%2Fthere,x';
  await submit(emulator, 'demo/v2', `batch=thirdPartyId,a\n${rows.join('\n')}`);
  await emulator.drain();
  const { batchId } = emulator.batches()[0]!;
  const found: string[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const page = emulator.rows(batchId, { id: 'needle', ...(cursor !== undefined && { cursor }) })!;
    found.push(...page.items.map(({ row, id, outcome }) => `${row} ${id} ${outcome}`));
    cursor = page.next;
    pages += 1;
  } while (cursor !== undefined);
  expect(found).toEqual(['21 needle/there failed', '11501 needle here created']);
  expect(pages).toBe(3);
  expect(emulator.rows(batchId, { id: 'needle', outcome: 'failed' })!.items).toHaveLength(1);
});

it.each(['current', '2020', '2017', 'tt'] as const)(
  'the reply of a batch in the shape %s is what a status request is answered with, and counts as none',
  async (statusShape) => {
    const emulator = await openEmulator({ statusShape });
    const submitted = await submit(emulator, 'demo/v2', 'batch=thirdPartyId,a\nann,1\nb%2Fb,2');
    await emulator.drain();
    const { batchId } = emulator.batches()[0]!;
    const asked = emulator.journal.read().entries.length;
    const reply = emulator.batchReply(batchId);
    expect(emulator.journal.read().entries).toHaveLength(asked);
    const status = await send(`${emulator.url}/m2/demo/profile/batchStatus?batchId=${batchId}&showDetails=true`);
    expect(reply).toMatchObject({ submitted: submitted.text, status: status.text });
  },
);

it('our-empty-only-counters: the reply of a batch follows the readings of whoever asks now, as a status request does', async () => {
  const emulator = await openEmulator();
  await submit(emulator, 'demo/v2', 'batch=thirdPartyId,a\nann,1\nbob,');
  await emulator.drain();
  const { batchId } = emulator.batches()[0]!;
  for (const settings of [{}, { ignoredRows: 'as-updated' }, { statusShape: '2020' }] as const) {
    await emulator.setSettings('demo', settings);
    const status = await send(`${emulator.url}/m2/demo/profile/batchStatus?batchId=${batchId}&showDetails=true`);
    expect(emulator.batchReply(batchId)?.status).toBe(status.text);
  }
});

it("the journal's end is its last entries, oldest first, of one client code where asked", async () => {
  const emulator = await openEmulator();
  for (const client of ['a', 'b', 'a', 'b']) await submit(emulator, `${client}/v2`, 'batch=pcId,x\n1,1');
  const sequences = (query: object) => emulator.journal.latest(query).entries.map(({ sequence }) => sequence);
  expect([sequences({ limit: 2 }), sequences({ client: 'a', limit: 1 }), sequences({})]).toEqual([
    [3, 4],
    [3],
    [1, 2, 3, 4],
  ]);
});

it('the rulebook is told whole', async () => {
  const emulator = await openEmulator();
  expect(new Set(emulator.rules().map(({ id }) => id))).toEqual(new Set(allRules().map(({ id }) => id)));
});

it('a comparison is made in stores of its own, one at a time, and only where there are the means', async () => {
  const file = { name: 'a.txt', content: Buffer.from('batch=thirdPartyId,a\nann,1').toString('base64') };
  const without = await openEmulator();
  const url = (emulator: { url: string }) => `${emulator.url}/__emulator/compare`;
  const sent = { method: 'POST', body: JSON.stringify(file) };
  expect(JSON.parse((await send(url(without), sent)).text)).toMatchObject({ error: { code: 'no-comparison' } });

  const emulator = await openEmulator({}, { compare: compareFile });
  const replies = await Promise.all([send(url(emulator), sent), send(url(emulator), sent)]);
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(JSON.parse(replies.find(({ status }) => status === 200)!.text)).toMatchObject({
    kind: 'comparison',
    differingRows: { count: 1 },
  });
  expect(emulator.clients()).toEqual([]);
  expect((await send(url(emulator), sent)).status).toBe(200);
  const broken = { ...file, name: 'a.csv', content: Buffer.from('a,b\n1,2').toString('base64'), idColumn: 'c' };
  const refused = await send(url(emulator), { method: 'POST', body: JSON.stringify(broken) });
  expect(JSON.parse(refused.text)).toMatchObject({ kind: expect.stringMatching(/^input-/) });
});

it('a comparison ends with the emulator that was asked for it', async () => {
  const emulator = await openEmulator(
    {},
    {
      compare: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    },
  );
  const asked = emulator.compare({ name: 'a.txt', content: 'YQ==' }).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  await emulator.close();
  expect(await asked).toMatchObject({ code: 'closed' });
});

describe('a rehearsal', () => {
  const submission = {
    method: 'POST',
    path: '/m2/demo/v2/profile/batchUpdate',
    body: 'batch=thirdPartyId,tier\nC-1,gold',
  } as const;
  const asJson = (method: 'POST' | 'PUT', path: string, body: object) => ({
    method,
    path,
    body: JSON.stringify(body),
    contentType: 'application/json',
  });

  it('is answered by an emulator of its own: the same each time, and nothing happens here', async () => {
    const emulator = await openEmulator();
    const requests = [submission, { method: 'GET', path: '/__emulator/batches/{batchId}/rows' }] as const;
    const [sent, rows] = (await emulator.rehearse(requests))!;
    expect(sent).toMatchObject({ status: 200, text: expect.stringContaining('<success>true</success>'), tookMs: 0 });
    expect(JSON.parse(rows!.text)).toMatchObject({ rows: [{ id: 'C-1', outcome: 'created', rule: 'v2-upsert' }] });
    expect(await emulator.rehearse(requests)).toEqual([sent, rows]);
    expect([emulator.clients(), emulator.batches(), emulator.journal.read().entries]).toEqual([[], [], []]);
  });

  it('lets its clock move while an answer waits for it, and tells a cut connection by the lack of a status', async () => {
    const emulator = await openEmulator();
    const faults = (set: object) => asJson('PUT', '/__emulator/faults', set);
    const replies = (await emulator.rehearse([
      faults({ latency: { ms: 4_500, on: ['submit'] } }),
      submission,
      faults({ commitThenCut: {} }),
      submission,
      { method: 'GET', path: '/__emulator/events' },
    ]))!;
    expect(replies[1]).toMatchObject({ status: 200, cause: 'fault/latency', tookMs: 5_000 });
    expect(replies[3]).toEqual({ status: undefined, cause: undefined, text: '', tookMs: 0 });
    expect(replies[4]).toMatchObject({ status: undefined, tookMs: 600_000 });
    expect(emulator.clock.now()).toBe(NOW);
  });

  it('holds none within it, and four at a time', async () => {
    const emulator = await openEmulator();
    const nested = asJson('POST', '/__emulator/rehearsals', { requests: [submission] });
    const [refused] = (await emulator.rehearse([nested]))!;
    expect([refused!.status, refused!.text]).toEqual([409, expect.stringContaining('rehearsals-busy')]);
    const all = await Promise.all(Array.from({ length: 6 }, () => emulator.rehearse([submission])));
    expect(all.map((told) => told !== undefined)).toEqual([true, true, true, true, false, false]);
    expect(await emulator.rehearse([submission])).toHaveLength(1);
  });

  it('goes on alone: those that came later begin when it has ended, also with a failure', async () => {
    let open = 0;
    let most = 0;
    let begun = 0;
    const create = async () => {
      begun += 1;
      if (begun === 2) throw new Error('No room.');
      const emulator = await createEmulator({ clock: 'virtual' });
      most = Math.max(most, (open += 1));
      const close = async () => {
        open -= 1;
        await emulator.close();
      };
      return { ...emulator, close };
    };
    const rehearse = rehearsals(create, 3);
    const asked = { ...submission, contentType: 'application/x-www-form-urlencoded' };
    const all = await Promise.allSettled(Array.from({ length: 4 }, () => rehearse([asked])));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect([most, open, begun]).toEqual([1, 0, 3]);
    expect([await rehearse([asked]), begun]).toMatchObject([[{ status: 200 }], 4]);
  });

  it('answers 8 MiB in all, and names the request that would lead beyond', async () => {
    const emulator = await openEmulator();
    const rows = Array.from({ length: 6_000 }, (_, row) => `customer-${row},gold`).join('\n');
    const status = '/m2/demo/v2/profile/batchStatus?batchId={batchId}&showDetails=true';
    const requests = [
      asJson('PUT', '/__emulator/clients/demo/settings', { statusShape: '2017' }),
      { ...submission, body: `batch=thirdPartyId,tier\n${rows}` },
      ...Array.from({ length: 62 }, () => ({ method: 'GET', path: status }) as const),
    ];
    const [, , first] = (await emulator.rehearse(requests.slice(0, 3)))!;
    const fitting = 2 + Math.floor((8 * 1024 * 1024) / first!.text.length);
    const reply = await send(`${emulator.url}/__emulator/rehearsals`, json({ requests }));
    const { error } = JSON.parse(reply.text) as { error: { issues: object[] } };
    expect([reply.status, error.issues]).toMatchObject([400, [{ path: `requests[${fitting}]` }]]);
  });
});
