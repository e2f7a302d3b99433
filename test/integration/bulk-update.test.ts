/** The documentation's sample through v1, v2 and v1 again, over a real socket, byte by byte. */
import { describe, expect, it } from 'vitest';
import { DOCUMENTED_SAMPLE, NOW, getJson, openEmulator, send, statusLinkIn } from './support.ts';

const details = (batchId: string, counters: readonly [number, number, number, number, number], status = 'complete') =>
  `<response><batchId>${batchId}</batchId><status>${status}</status><batchSize>${counters[0]}</batchSize>` +
  `<consumedCount>${counters[1]}</consumedCount><successfulUpdates>${counters[2]}</successfulUpdates>` +
  `<profilesNotFound>${counters[3]}</profilesNotFound><failedUpdates>${counters[4]}</failedUpdates></response>`;

describe("the documentation's sample", () => {
  it('res-submit-ok, res-status-details: v1 finds nothing, v2 creates all, v1 then updates all', async () => {
    const emulator = await openEmulator();
    const submit = async (path: string) => {
      const reply = await send(`${emulator.url}/m2/demo/${path}`, {
        body: DOCUMENTED_SAMPLE,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toBe('text/xml;charset=UTF-8');
      expect(reply.headers['x-emulator-cause']).toBeUndefined();
      const link = statusLinkIn(reply.text);
      expect(reply.text).toBe(
        `<response><success>true</success><batchStatus>${link}</batchStatus><message>Batch submitted for processing</message></response>`,
      );
      const batchId = new URL(link).searchParams.get('batchId') ?? '';
      expect(batchId).toMatch(new RegExp(`^demo-${NOW}-\\d{8}$`));
      return { link, batchId };
    };

    const first = await submit('profile/batchUpdate');
    expect((await send(`${first.link}&showDetails=true`)).text).toBe(
      details(first.batchId, [4, 0, 0, 0, 0], 'incomplete'),
    );
    await emulator.drain();
    expect((await send(`${first.link}&showDetails=true`)).text).toBe(details(first.batchId, [4, 4, 0, 4, 0]));
    expect((await send(`${emulator.url}/rest/v1/profiles/124?client=demo`)).status).toBe(404);

    const second = await submit('v2/profile/batchUpdate');
    await emulator.drain();
    expect((await send(`${second.link}&showDetails=true`)).text).toBe(details(second.batchId, [4, 4, 4, 0, 0]));

    const third = await submit('profile/batchUpdate');
    await emulator.drain();
    expect((await send(`${third.link}&showDetails=true`)).text).toBe(details(third.batchId, [4, 4, 4, 0, 0]));
    expect((await send(third.link)).text).toBe(
      `<response><batchId>${third.batchId}</batchId><status>complete</status><batchSize>4</batchSize></response>`,
    );

    const at = '2026-01-01T00:00:00.000+00:00';
    expect(await getJson(`${emulator.url}/rest/v1/profiles/124?client=demo`)).toEqual({
      client: 'demo',
      visitorId: '124',
      modifiedAt: at,
      profileAttributes: { param1: { value: 'value1', modifiedAt: at }, param4: { value: 'value4', modifiedAt: at } },
    });
    expect(await getJson(`${emulator.url}/rest/v1/profiles/125?client=demo`)).toMatchObject({
      profileAttributes: { param2: { value: 'value2' } },
    });
  });

  it('ep-status-v2-legacy, ep-status-v1-legacy, ep-status-append: old paths and stray parameters are served alike', async () => {
    const emulator = await openEmulator();
    const link = statusLinkIn(
      (await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE })).text,
    );
    await emulator.drain();
    const { search } = new URL(link);
    expect(link).toBe(`${emulator.url}/m2/demo/profile/batchStatus${search}`);
    expect(link.length).toBeLessThanOrEqual(255);
    expect(link.split('?')).toHaveLength(2);
    const today = (await send(link)).text;
    expect((await send(`${emulator.url}/m2/demo/v2/profile/batchStatus${search}&m2Node=00`)).text).toBe(today);
    expect((await send(`${link}&mboxPC=0000000000000-000000.19_05&showDetails=no`)).text).toBe(today);
  });

  it('our-batch-order: batches apply in the order of their acceptance, and the control API tells each row', async () => {
    const emulator = await openEmulator();
    const url = `${emulator.url}/m2/demo/v2/profile/batchUpdate`;
    await send(url, { body: 'batch=thirdPartyId,a\nann,1\nbob,2' });
    await send(url, { body: 'batch=thirdPartyId,a\nann,3\nb/b,4\ncat,' });
    await emulator.drain();
    const { batches } = (await getJson(`${emulator.url}/__emulator/batches?client=demo`)) as {
      batches: { batchId: string; failedUpdates: number; ignoredRows: number }[];
    };
    expect(batches).toMatchObject([
      { successfulUpdates: 1, failedUpdates: 1, ignoredRows: 1, consumedCount: 3 },
      { successfulUpdates: 2, failedUpdates: 0, ignoredRows: 0, consumedCount: 2 },
    ]);
    expect(await getJson(`${emulator.url}/__emulator/batches/${batches[0]!.batchId}/rows`)).toMatchObject({
      rows: [
        { row: 1, id: 'ann', outcome: 'updated', rule: 'v2-upsert' },
        { row: 2, outcome: 'failed', rule: 'key-3rd-chars', column: 1 },
        { row: 3, id: 'cat', outcome: 'ignored', rule: 'empty-only-skipped' },
      ],
      next: null,
    });
    expect(await getJson(`${emulator.url}/rest/v1/profiles/thirdPartyId/ann?client=demo`)).toMatchObject({
      profileAttributes: { a: { value: '3' } },
    });
  });

  it('body-ctype-form: another content type is accepted and noted', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
      body: DOCUMENTED_SAMPLE,
      headers: { 'content-type': 'text/plain' },
    });
    expect(await getJson(`${emulator.url}/__emulator/batches`)).toMatchObject({
      batches: [{ diagnostics: expect.arrayContaining([{ rule: 'body-ctype-form', count: 1, first: [{}] }]) }],
    });
  });
});

describe('a batch that is refused', () => {
  it.each([
    ['err-batch-missing', 'pcId,a\n1,x', 'Batch is empty'],
    ['err-batch-missing', 'batch=', 'Batch is empty'],
    ['hdr-key-first', 'batch=ecid,a\n1,x', 'target-profile-emulator: '],
    ['hdr-encoded', 'batch=pcId,%zz\n1,x', 'target-profile-emulator: '],
  ])('%s: is answered in-band, names its rule, and leaves nothing', async (rule, body, message) => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body });
    expect(reply.status).toBe(200);
    expect(reply.headers['x-emulator-cause']).toBe(`rule/${rule}`);
    expect(reply.text).toMatch(
      /^<response><success>false<\/success><batchStatus><\/batchStatus><message>[^<]+<\/message><\/response>$/,
    );
    expect(reply.text).toContain(`<message>${message}`);
    expect(emulator.batches()).toEqual([]);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });

  it('our-rejection-status: answers 400 where the setting says so', async () => {
    const emulator = await openEmulator({ rejectionStatus: 400 });
    expect((await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'nonsense' })).status).toBe(400);
  });

  it('our-client-code: a malformed client code is refused in-band', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/a%20b/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([200, 'rule/our-client-code']);
  });

  it('body-compress: a gzip body is refused before it is read', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/profile/batchUpdate`, {
      body: 'x',
      headers: { 'content-encoding': 'gzip' },
    });
    expect(reply.headers['x-emulator-cause']).toBe('rule/body-compress');
    expect(reply.text).toContain('<success>false</success>');
  });

  it('ep-scheme, res-url-scheme: a batch may come over http or https, and its link has the same scheme', async () => {
    const emulator = await openEmulator();
    for (const origin of ['http://demo.tt.omtrdc.net', 'https://demo.tt.omtrdc.net']) {
      const submission = new Request(`${origin}/m2/demo/profile/batchUpdate`, { method: 'POST', body: 'batch=pcId\n' });
      const reply = await emulator.fetch(submission);
      expect(statusLinkIn(await reply.text())).toMatch(`${origin}/m2/demo/profile/batchStatus?batchId=demo-`);
    }
  });

  it('ep-post-only: another method is answered 405', async () => {
    const emulator = await openEmulator();
    for (const path of ['profile/batchUpdate', 'v2/profile/batchUpdate']) {
      const reply = await send(`${emulator.url}/m2/demo/${path}`, { method: 'PUT', body: DOCUMENTED_SAMPLE });
      expect([reply.status, reply.headers['x-emulator-cause'], reply.headers.allow]).toEqual([
        405,
        'rule/ep-post-only',
        'POST',
      ]);
    }
  });

  it('lim-calls-min: the 51st call of a minute is answered 503, and a later minute serves again', async () => {
    const emulator = await openEmulator({ rateLimit: 'submissions' });
    const submit = () => send(`${emulator.url}/m2/demo/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x' });
    for (let call = 0; call < 50; call += 1) expect((await submit()).status).toBe(200);
    const reply = await submit();
    expect([reply.status, reply.headers['x-emulator-cause'], reply.headers['retry-after']]).toEqual([
      503,
      'rule/err-rate-503',
      undefined,
    ]);
    expect((await send(`${emulator.url}/m2/other/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x' })).status).toBe(
      200,
    );
    emulator.time.advance(60_001);
    expect((await submit()).status).toBe(200);
    expect(emulator.batches('demo')).toHaveLength(51);
  });
});
