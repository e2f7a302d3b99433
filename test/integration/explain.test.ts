/** Why: of attributes, of rows, and of updates that went lost. */
import { describe, expect, it } from 'vitest';
import { getJson, json, openEmulator, send } from './support.ts';

type Emulator = Awaited<ReturnType<typeof openEmulator>>;

async function upload(emulator: Emulator, api: 'v1' | 'v2', body: string, client = 'demo'): Promise<string> {
  const path = api === 'v1' ? 'profile' : 'v2/profile';
  await send(`${emulator.url}/m2/${client}/${path}/batchUpdate`, { body: `batch=${body}` });
  await emulator.drain();
  emulator.time.advance(1_000);
  return emulator.batches(client)[0]!.batchId;
}

const explain = (emulator: Emulator, id: string, query = '') =>
  getJson(`${emulator.url}/__emulator/clients/demo/profiles/thirdPartyId/${id}/explain${query}`);
const row = (emulator: Emulator, batchId: string, number: number) =>
  getJson(`${emulator.url}/__emulator/batches/${batchId}/rows/${number}`);

describe('a profile is explained', () => {
  it('attribute by attribute: batch, row, time, layer and rule, base values beneath pending ones too', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ id: { kind: 'thirdPartyId', value: 'ann' }, attributes: { city: 'Rome' } }]);
    const v1 = await upload(emulator, 'v1', 'thirdPartyId,tier\nbob,x\nann,silver');
    const v2 = await upload(emulator, 'v2', 'thirdPartyId,tier\nann,gold');
    const waits = expect.stringContaining('Pending');
    expect(await explain(emulator, 'ann')).toEqual({
      livesUntil: '2026-01-15T00:00:01.000Z',
      bytes: 'tier'.length + 'gold'.length + 'city'.length + 'Rome'.length,
      bytesMax: 65_536,
      thirdPartyId: 'ann',
      modifiedAt: '2026-01-01T00:00:01.000Z',
      attributes: [
        {
          name: 'city',
          value: 'Rome',
          visible: true,
          layer: 'base',
          modifiedAt: '2026-01-01T00:00:00.000Z',
          batchId: null,
          row: null,
          rule: null,
          message: 'Written outside of batches, by a single update or as a profile to start with.',
        },
        {
          name: 'tier',
          value: 'silver',
          visible: false,
          layer: 'base',
          modifiedAt: '2026-01-01T00:00:00.000Z',
          batchId: v1,
          row: 2,
          rule: 'v1-merge-keys',
          message: `Written by row 2 of the v1 batch ${v1}. A pending value covers it.`,
        },
        {
          name: 'tier',
          value: 'gold',
          visible: true,
          layer: 'pending',
          modifiedAt: '2026-01-01T00:00:01.000Z',
          batchId: v2,
          row: 1,
          rule: 'v2-upsert',
          message: waits,
        },
      ],
      customerAttributes: [],
      overridden: [],
      rules: ['v1-merge-keys', 'v2-upsert', 'v2-override-caveat'].map((id) =>
        expect.objectContaining({ id, statement: expect.any(String), source: expect.any(String) }),
      ),
    });
    expect(await explain(emulator, 'ann', '?attribute=city')).toMatchObject({
      attributes: [{ name: 'city' }],
      rules: [],
    });
  });

  it.each([
    ['replace-pending', ' before that may take it away', ''],
    ['last-write-wins', undefined, ''],
    ['replace-record', ' may take it away, whatever visits', ' may take it away, whatever visits'],
  ] as const)(
    'v2-override-caveat: under %s it is told what the next batch does, before a visit and after',
    async (reading, before, after) => {
      const emulator = await openEmulator({ consecutiveV2: reading });
      const told = async () => {
        const { attributes, rules } = (await explain(emulator, 'ann', '?attribute=tier')) as {
          readonly attributes: readonly { readonly message: string }[];
          readonly rules: readonly { readonly id: string }[];
        };
        return { message: attributes[0]?.message, isCited: rules.some(({ id }) => id === 'v2-override-caveat') };
      };
      await upload(emulator, 'v2', 'thirdPartyId,tier\nann,gold');
      const pending = await told();
      expect(pending.isCited).toBe(true);
      if (before === undefined) expect(pending.message).not.toContain('take it away');
      else expect(pending.message).toContain(before);
      await emulator.visit('demo', { thirdPartyId: 'ann' });
      const folded = await told();
      expect(folded.message).toContain('A visit has folded it in');
      expect([folded.message?.includes('take it away'), folded.isCited]).toEqual([after !== '', after !== '']);
      await upload(emulator, 'v2', 'thirdPartyId,city\nann,Rome');
      expect((await told()).message === undefined).toBe(after !== '');
    },
  );

  it('mrg-memory: whom a call created, and nothing else is known of, waits for the end of the session', async () => {
    const emulator = await openEmulator({ sessionWrites: 'after-30-minutes' });
    await emulator.visit('demo', { thirdPartyId: 'ann' });
    const [waitsUntil, rules] = ['2026-01-01T00:30:00.000Z', [expect.objectContaining({ id: 'mrg-memory' })]];
    expect(await explain(emulator, 'ann')).toMatchObject({ waitsUntil, attributes: [], rules });
    emulator.time.advance(30 * 60_000);
    expect(await explain(emulator, 'ann')).not.toHaveProperty('waitsUntil');
  });

  it('lim-64k-evict: customer attributes too, with their source, file and row, and counts their bytes', async () => {
    const emulator = await openEmulator({ pace: 'immediate' });
    await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    await emulator.customerAttributes.upload('demo', 'crm', 'crm.csv', 'id,tier\nann,gold\n');
    await emulator.drain();
    await emulator.visit('demo', { thirdPartyId: 'ann' });
    const held = { name: 'crs.crm.tier', value: 'gold', visible: true, source: 'crm', file: 'crm.csv', row: 1 };
    const told = {
      bytes: 'crs.crm.tier'.length + 'gold'.length,
      customerAttributes: [held],
      rules: [{ id: 'ca-preload' }],
    };
    expect(await explain(emulator, 'ann')).toMatchObject(told);
    expect(await explain(emulator, 'ann', '?attribute=crs.crm.tier')).toMatchObject(told);
    expect(await explain(emulator, 'ann', '?attribute=tier')).toMatchObject({
      bytes: told.bytes,
      customerAttributes: [],
    });
  });

  it('also by its pcId, and tells when a visit has folded a value in', async () => {
    const emulator = await openEmulator();
    await upload(emulator, 'v2', 'thirdPartyId,tier\na%25b,gold');
    await emulator.visit('demo', { thirdPartyId: 'a%b', pcId: '17' });
    const folded = { attributes: [{ layer: 'base', message: expect.stringContaining('A visit has folded it in') }] };
    expect(await explain(emulator, 'a%25b')).toMatchObject({ thirdPartyId: 'a%b', pcId: '17', ...folded });
    const byPcId = await getJson(`${emulator.url}/__emulator/clients/demo/profiles/pcId/17/explain`);
    expect(byPcId).toMatchObject({ pcId: '17', thirdPartyId: 'a%b', ...folded });
  });

  it.each([
    ['/clients/demo/profiles/thirdPartyId/nobody/explain', 404, 'unknown-profile'],
    ['/clients/demo/profiles/thirdPartyId/ann/explain', 404, 'expired-profile'],
    ['/clients/demo/profiles/email/ann/explain', 400, 'kind'],
    ['/clients/demo/profiles/pcId/%ff/explain', 400, 'id'],
    ['/clients/a.b/profiles/pcId/1/explain', 400, 'client'],
    ['/clients/demo/profiles/pcId/1/explain?colour=red', 400, 'colour'],
    ['/clients/demo/profiles/pcId/1/explain?attribute=', 400, 'attribute'],
    ['/batches/none/rows/1', 404, 'unknown-batch'],
    ['/batches/none/rows/0', 400, 'row'],
    ['/batches/none/rows/one', 400, 'row'],
  ])('GET %s is answered %d and says %s', async (path, status, word) => {
    const emulator = await openEmulator();
    await upload(emulator, 'v2', 'thirdPartyId,tier\nann,gold');
    emulator.time.advance(15 * 24 * 60 * 60 * 1000);
    const reply = await send(`${emulator.url}/__emulator${path}`);
    expect(reply.status).toBe(status);
    const { error } = JSON.parse(reply.text) as { error: { code: string; issues: { path: string }[] } };
    expect(status === 404 ? error.code : error.issues[0]!.path).toBe(word);
  });
});

describe('a row is explained', () => {
  it('by its cells as read, its outcome, the rule with its source, and what is left of what it wrote', async () => {
    const emulator = await openEmulator();
    const body = 'thirdPartyId,tier,,city\nann,gold,x, New%20York \nann,,,Rome,extra\nb/b,1\ncat,null';
    const batchId = await upload(emulator, 'v2', body);
    expect(await row(emulator, batchId, 1)).toEqual({
      batchId,
      client: 'demo',
      api: 'v2',
      row: 1,
      id: 'ann',
      outcome: 'created',
      rule: 'v2-upsert',
      message: 'Row 1: a profile was created.',
      cells: [
        { column: 1, name: 'thirdPartyId', raw: 'ann', value: 'ann' },
        { column: 2, name: 'tier', raw: 'gold', value: 'gold' },
        { column: 3, name: null, raw: 'x', value: 'x' },
        { column: 4, name: 'city', raw: ' New%20York ', value: 'New York' },
      ],
      cellCount: 4,
      attributes: [
        { name: 'tier', value: 'gold', state: 'visible' },
        { name: 'city', value: 'New York', state: 'overwritten', by: { batchId, row: 2 } },
      ],
      diagnostics: [],
      rules: [expect.objectContaining({ id: 'v2-upsert', source: 'BULK; METH', confidence: 'documented' })],
    });
    expect(await row(emulator, batchId, 2)).toMatchObject({
      outcome: 'updated',
      attributes: [{ name: 'city', state: 'visible' }],
      diagnostics: [{ rule: 'our-surplus-cells', column: 5 }],
      rules: [{ id: 'v2-upsert' }, { id: 'our-surplus-cells' }],
    });
    expect(await row(emulator, batchId, 3)).toMatchObject({
      outcome: 'failed',
      rule: 'key-3rd-chars',
      column: 1,
      attributes: [],
    });
    expect(await row(emulator, batchId, 4)).toMatchObject({ diagnostics: [{ rule: 'empty-null-word', column: 2 }] });
    const missing = await send(`${emulator.url}/__emulator/batches/${batchId}/rows/5`);
    expect([missing.status, JSON.parse(missing.text).error.code]).toEqual([404, 'unknown-row']);
  });

  it('while it waits, and by what came after it', async () => {
    const emulator = await openEmulator();
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,a,b\nann,1,2' });
    const { batchId } = emulator.batches('demo')[0]!;
    expect(await row(emulator, batchId, 1)).toMatchObject({
      outcome: 'pending',
      rule: null,
      id: 'ann',
      attributes: [],
    });
    await emulator.drain();
    await emulator.visit('demo', { thirdPartyId: 'ann' });
    const later = await upload(emulator, 'v2', 'thirdPartyId,a\nann,3');
    await send(`${emulator.url}/m2/demo/profile/update?mbox3rdPartyId=ann&profile.b=4`);
    expect(await row(emulator, batchId, 1)).toMatchObject({
      attributes: [
        { name: 'a', state: 'covered', by: { batchId: later, row: 1 } },
        { name: 'b', state: 'overwritten', by: { batchId: null, row: null } },
      ],
    });
    expect(emulator.explainRow(batchId, 1)).toMatchObject({ outcome: 'created', api: 'v2' });
  });
});

describe('v2-override-caveat: the lost-update alarm', () => {
  it('names both batches and the keys, from either side', async () => {
    const emulator = await openEmulator();
    const first = await upload(emulator, 'v2', 'thirdPartyId,a,b\nann,1,1\nbob,1,\ncat,,1');
    const second = await upload(emulator, 'v2', 'thirdPartyId,a\ncat,2\nbob,2\nann,2');
    const overrides = [
      {
        batch: first,
        by: second,
        count: 2,
        rule: 'v2-override-caveat',
        first: [
          { row: 1, id: 'cat', attributes: [{ name: 'b', row: 3 }] },
          { row: 3, id: 'ann', attributes: [{ name: 'b', row: 1 }] },
        ],
      },
    ];
    for (const batchId of [first, second]) {
      expect(await getJson(`${emulator.url}/__emulator/batches/${batchId}`)).toMatchObject({ overrides });
    }
    expect(await row(emulator, first, 1)).toMatchObject({
      attributes: [
        { name: 'a', state: 'overwritten', by: { batchId: second, row: 3 } },
        { name: 'b', state: 'overridden', by: { batchId: second, row: 3 } },
      ],
      rules: [{ id: 'v2-upsert' }, { id: 'v2-override-caveat' }],
    });
    expect(await explain(emulator, 'ann', '?attribute=b')).toMatchObject({
      attributes: [],
      overridden: [{ name: 'b', batchId: first, row: 1, by: second, byRow: 3 }],
      rules: [{ id: 'v2-override-caveat' }],
    });
  });

  it('is silent where a visit came between, under last-write-wins, and after the client code is dropped', async () => {
    const emulator = await openEmulator();
    const overridesOf = (client: string) => emulator.batches(client).flatMap(({ overrides }) => overrides);
    await upload(emulator, 'v2', 'thirdPartyId,a\nann,1');
    await emulator.visit('demo', { thirdPartyId: 'ann' });
    await upload(emulator, 'v2', 'thirdPartyId,b\nann,1');
    expect(overridesOf('demo')).toEqual([]);

    const settings = json({ consecutiveV2: 'last-write-wins' });
    await send(`${emulator.url}/__emulator/clients/other/settings`, { method: 'PUT', ...settings });
    for (const name of ['a', 'b']) await upload(emulator, 'v2', `thirdPartyId,${name}\nann,1`, 'other');
    expect(overridesOf('other')).toEqual([]);

    await upload(emulator, 'v2', 'thirdPartyId,c\nann,1');
    expect(overridesOf('demo')).toHaveLength(2);
    await send(`${emulator.url}/__emulator/clients/demo`, { method: 'DELETE' });
    await emulator.drain();
    for (const name of ['a', 'a']) await upload(emulator, 'v2', `thirdPartyId,${name}\nann,1`);
    expect(overridesOf('demo')).toEqual([]);
  });
});
