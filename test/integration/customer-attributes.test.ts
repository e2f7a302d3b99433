/** Customer attributes from a file to the visitor: what arrives, what is refused, who sees it, and when. */
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmulator, virtualClock, type Emulator, type VirtualClock } from '../../src/server/index.ts';
import type { ClientCode } from '../../src/protocol/vocabulary/index.ts';
import { openMemoryStore } from '../../src/server/jobs/open-store.ts';
import type { Store } from '../../src/server/store/store.ts';

/** One file as it is, so that its bytes can be found again. */
const storedZip = () => Buffer.from(zipSync({ 'crm.csv': [Buffer.from('id,a\nC-0,1\n'), { level: 0 }] }));
const zipNamed = (name: string) => zipSync({ [name]: Buffer.from('id,a\nC-0,1\n') });
function changedZip(found: string, written: string, offset = 0): Buffer {
  const bytes = storedZip();
  bytes.write(written, bytes.indexOf(found, 0, 'latin1') + offset, 'latin1');
  return bytes;
}

let clock: VirtualClock;
let emulator: Emulator;
let store: Store;
beforeEach(async () => {
  clock = virtualClock(1_000_000);
  store = openMemoryStore();
  emulator = await createEmulator({ pace: 'immediate' }, { clock, store });
  await emulator.customerAttributes.setSource('demo', 'crm', { name: 'My CRM', password: 'secret' });
});
afterEach(() => emulator.close());

const upload = (name: string, content: string | Uint8Array, alias = 'crm') =>
  emulator.customerAttributes.upload('demo', alias, name, content);
const valuesOf = (attributes: readonly { name: string; value: string }[] | undefined) =>
  attributes && Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
const recordOf = (id: string, alias = 'crm') =>
  valuesOf(emulator.customerAttributes.record('demo', alias, id)?.attributes);
const attributesOf = (id: string) =>
  valuesOf(emulator.profile('demo', { kind: 'thirdPartyId', value: id })?.customerAttributes);

async function deliver(id: object, more: object = {}): Promise<Record<string, unknown>> {
  const body = { context: { channel: 'web' }, id, execute: { mboxes: [{ index: 0, name: 'home' }] }, ...more };
  const reply = await emulator.fetch(
    new Request('http://localhost/rest/v1/delivery?client=demo&sessionId=s1', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  expect(reply.status).toBe(200);
  return (await reply.json()) as Record<string, unknown>;
}

describe('a file', () => {
  test('ca-creates: makes a record before anybody has come, and no profile', async () => {
    const file = await upload('crm.csv', 'id,tier,city\nC-1,gold,Basel\nC-2,,Bern\n');
    expect(file).toMatchObject({ status: 'processed', rows: 2, appliedRows: 2, created: 2, fault: undefined });
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'gold', 'crs.MyCRM.city': 'Basel' });
    expect(recordOf('C-2')).toEqual({ 'crs.MyCRM.city': 'Bern' });
    expect(emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })).toBeUndefined();
    expect(emulator.sizes().clients).toEqual([{ client: 'demo', profiles: 0, batches: 0 }]);
  });

  test('ca-quoting: holds line breaks, commas and quotes in quotes, a quote behind a backslash', async () => {
    await upload('crm.csv', 'id,a,b\r\n"C,1","x\ny","say \\"hi\\", \\\\ and \\n"\r\n');
    expect(recordOf('C,1')).toEqual({ 'crs.MyCRM.a': 'x\ny', 'crs.MyCRM.b': 'say "hi", \\ and \\n' });
  });

  test('ca-null-removes: a blank field removes, a column that is not there changes nothing', async () => {
    await upload('crm.csv', 'id,a,b\nC-1,1,2\n');
    await upload('crm.csv', 'id,a\nC-1,\n');
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.b': '2' });
  });

  test('ca-header: of rows with one id the last counts', async () => {
    const file = await upload('crm.csv', 'id,a\nC-1,1\nC-1,2\n');
    expect(file).toMatchObject({ status: 'processed', created: 1 });
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.a': '2' });
  });

  test('ca-file-csv: arrives packed as well', async () => {
    const csv = Buffer.from('id,a\nC-1,1\n');
    expect(await upload('one.csv.gz', gzipSync(csv))).toMatchObject({ status: 'processed' });
    expect(await upload('two.csv.zip', zipSync({ 'two.csv': Buffer.from('id,a\nC-2,2\n') }))).toMatchObject({
      status: 'processed',
    });
    expect([recordOf('C-1'), recordOf('C-2')]).toEqual([{ 'crs.MyCRM.a': '1' }, { 'crs.MyCRM.a': '2' }]);
    expect(await upload('six.csv.zip', zipNamed('export/..crm..csv'))).toMatchObject({ status: 'processed' });
  });

  test.each(['a\n.csv', '\u001b[31m.csv', 'a\0.csv', '../a.csv'])('a file is not called %j', async (name) => {
    await expect(upload(name, 'id,a\nC-1,1\n')).rejects.toThrow(/path or control characters/);
  });

  test.each(['garbage', 'ssh-ed25519', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n'])(
    '%j is no public key',
    async (key) => {
      await expect(emulator.customerAttributes.setSource('demo', 'keyed', { keys: [key] })).rejects.toThrow(
        /public key/,
      );
    },
  );

  test.each([
    ['a quote within a field', 'crm.csv', 'id,a\nC-0,1\nC-1,x"y\n', 'ca-quoting', 2],
    ['a quote that is never closed', 'crm.csv', 'id,a\nC-0,1\nC-1,"xy\nC-2,z\n', 'ca-quoting', 2],
    ['doubled quotes', 'crm.csv', 'id,a\nC-0,"say ""hi"""\n', 'ca-quoting', 1],
    ['unequal fields', 'crm.csv', 'id,a\nC-0,1\nC-1,1,2\n', 'ca-columns-equal', 2],
    ['a blank id', 'crm.csv', 'id,a\nC-0,1\n,2\n', 'ca-header', 2],
    ['no attribute', 'crm.csv', 'id\nC-0\n', 'ca-header', 0],
    ['an attribute twice', 'crm.csv', 'id,a,a\nC-0,1,2\n', 'ca-header', 0],
    ['a name with a full stop', 'crm.csv', 'id,a.b\nC-0,1\n', 'ca-name-no-dot', 0],
    ['a name that is too long', 'crm.csv', `id,${'a'.repeat(251)}\nC-0,1\n`, 'ca-name-len', 0],
    ['bytes that are no UTF-8', 'crm.csv', Buffer.from('id,a\nC-0,\u00e9\n', 'latin1'), 'ca-encoding', 1],
    ['more columns than are taken', 'crm.csv', `id${',a'.repeat(500_000)}\nC-0\n`, 'our-columns-max', 0],
    ['nothing at all', 'crm.csv', '', 'ca-header', 0],
    ['another ending', 'crm.txt', 'id,a\nC-0,1\n', 'ca-file-csv', undefined],
    ['an archive that is none', 'crm.csv.zip', 'id,a\nC-0,1\n', 'ca-file-csv', undefined],
    ['a gz that is none', 'crm.csv.gz', 'id,a\nC-0,1\n', 'ca-file-csv', undefined],
    ['half an archive', 'crm.csv.gz', gzipSync('id,a\nC-0,1\n').subarray(0, 20), 'ca-file-csv', undefined],
    [
      'an archive of two',
      'crm.csv.zip',
      zipSync({ 'a.csv': Buffer.from('id,a\nC-0,1\n'), 'b.csv': Buffer.from('id,a\nC-0,1\n') }),
      'ca-file-csv',
      undefined,
    ],
    ['an archive that leads up', 'crm.csv.zip', zipNamed('../../x.csv'), 'ca-file-csv', undefined],
    ['an archive that leads up later', 'crm.csv.zip', zipNamed('a/../../x.csv'), 'ca-file-csv', undefined],
    ['an archive that leads up on Windows', 'crm.csv.zip', zipNamed('..\\x.csv'), 'ca-file-csv', undefined],
    ['an archive of a path from the root', 'crm.csv.zip', zipNamed('/etc/x.csv'), 'ca-file-csv', undefined],
    ['an archive of a drive', 'crm.csv.zip', zipNamed('C:\\x.csv'), 'ca-file-csv', undefined],
    ['an archive of a text', 'crm.csv.zip', zipSync({ 'a.txt': Buffer.from('id') }), 'ca-file-csv', undefined],
    ['an archive with a byte that changed', 'crm.csv.zip', changedZip('C-0,1', 'C-0,9'), 'ca-file-csv', undefined],
    ['an archive without its end', 'crm.csv.zip', storedZip().subarray(0, -30), 'ca-file-csv', undefined],
    ['an encrypted archive', 'crm.csv.zip', changedZip('PK\x01\x02', '\x01', 8), 'ca-file-csv', undefined],
    ['line ends of CR alone', 'crm.csv', 'id,a\rC-0,1\r', 'ca-header', 0],
    ['line ends of CR alone, and three columns', 'crm.csv', 'id,a,b\rC-0,1,2\r', 'ca-header', 0],
    ["Excel's line about the delimiter", 'crm.csv', 'sep=,\nid,a\nC-0,1\n', 'ca-header', 0],
    ['names that are all left aside', 'crm.csv', 'id,a b\nC-0,1\n', 'ca-header', 0],
  ])('with %s fails as a whole, and says why', async (_, name, content, rule, row) => {
    const file = await upload(name, content);
    expect(file).toMatchObject({ status: 'failed', fault: { rule } });
    expect(file.fault?.row).toBe(row);
    expect(recordOf('C-0')).toBeUndefined();
    // The journal shows it as well.
    const { entries } = emulator.journal.read({ client: 'demo', operation: 'attributes' });
    expect(entries.at(-1)).toMatchObject({ method: 'FILE', path: `/crm/${name}`, cause: `rule/${rule}` });
    // And the next file is taken.
    expect(await upload('next.csv', 'id,a\nC-0,2\n')).toMatchObject({ status: 'processed' });
  });

  test('ca-types: is judged by the schema, of which it may have a part', async () => {
    const attributes = [
      { name: 'age', type: 'integer' as const },
      { name: 'score', type: 'number' as const },
      { name: 'city' },
    ];
    await emulator.customerAttributes.setSource('demo', 'typed', { attributes });
    const good = 'id,age,score\nC-1,-42,3.14\nC-2,,\n';
    expect(await upload('crm.csv', good, 'typed')).toMatchObject({ status: 'processed' });
    for (const [row, column] of [
      ['C-1,4.2,1', 2],
      ['C-1,x,1', 2],
      ['C-1,1,1.234', 3],
    ] as const) {
      const file = await upload('crm.csv', `id,age,score\nC-3,1,1\n${row}\n`, 'typed');
      expect(file).toMatchObject({ status: 'failed', fault: { rule: 'ca-types', row: 2, column } });
    }
    expect(recordOf('C-3', 'typed')).toBeUndefined();
    const strange = await upload('crm.csv', 'id,height\nC-1,1\n', 'typed');
    expect(strange).toMatchObject({ status: 'failed', fault: { rule: 'ca-types', row: 0, column: 2 } });
  });

  test('ca-types: by setting only the rows that break a rule are left out', async () => {
    await emulator.setSettings('demo', { attributeRows: 'skip-row' });
    const file = await upload('crm.csv', 'id,a\nC-1,1\nC-2\n,3\nC-4,4\n');
    expect(file).toMatchObject({ status: 'processed', rows: 4, skipped: 2, created: 2 });
    expect([recordOf('C-1'), recordOf('C-2'), recordOf('C-4')]).toEqual([
      { 'crs.MyCRM.a': '1' },
      undefined,
      { 'crs.MyCRM.a': '4' },
    ]);
  });

  test('ca-name-no-blank: a column whose name has a blank is left aside', async () => {
    await upload('crm.csv', 'id,a b,c\nC-1,1,2\n');
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.c': '2' });
  });

  test('ca-source: for a source that nobody made is refused, and changes nothing', async () => {
    await expect(upload('crm.csv', 'id,a\nC-1,1\n', 'other')).rejects.toThrow(/There is no source other/);
    expect(emulator.customerAttributes.files('demo', 'other').items).toEqual([]);
  });

  test('ca-cadence, ca-order: by setting is taken a minute later, and the next half an hour after it', async () => {
    await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
    await upload('one.csv', 'id,a\nC-1,1\n');
    await upload('two.csv', 'id,a\nC-1,2\n');
    expect(recordOf('C-1')).toBeUndefined();
    await emulator.advance(60_000);
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.a': '1' });
    await emulator.advance(30 * 60_000 - 1);
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.a': '1' });
    await emulator.advance(1);
    expect(recordOf('C-1')).toEqual({ 'crs.MyCRM.a': '2' });
  });

  test('has its turn by the clock of its client code, however many others wait', async () => {
    const codes = Array.from({ length: 120 }, (_, index) => `c${index}`);
    for (const code of codes) {
      await emulator.customerAttributes.setSource(code, 'crm', { password: 'secret' });
      await emulator.setSettings(code, { attributeFiles: 'half-hourly' });
      await emulator.customerAttributes.upload(code, 'crm', 'crm.csv', 'id,a\nC-1,1\n');
    }
    const statusOf = (code: string) => emulator.customerAttributes.files(code, 'crm').items[0]?.status;
    await emulator.client('c119').advance(60_000);
    expect(codes.filter((code) => statusOf(code) === 'processed')).toEqual(['c119']);
  });
});

describe('a visitor', () => {
  test('ca-match-3rd: has the attributes from the first call with the id on', async () => {
    await upload('crm.csv', 'id,tier\nC-1,gold\n');
    const visited = await emulator.visit('demo', { thirdPartyId: 'C-1' });
    expect(visited.created).toBe(true);
    expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'gold' });
    const { pcId } = visited;
    expect(valuesOf(emulator.profile('demo', { kind: 'pcId', value: pcId })?.customerAttributes)).toEqual({
      'crs.MyCRM.tier': 'gold',
    });
    expect(emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })?.attributes).toEqual([]);
  });

  test('ca-match-customerid, ca-needs-subscribed-alias: only an authenticated id under the alias counts', async () => {
    await upload('crm.csv', 'id,tier\nC-1,gold\nC-2,silver\n');
    await emulator.setSettings('demo', { attributeTokens: 'on' });
    const call = (customerIds: readonly (readonly [string, string, string])[], ecid: string) =>
      deliver({
        marketingCloudVisitorId: ecid,
        customerIds: customerIds.map(([id, integrationCode, authenticatedState]) => ({
          id,
          integrationCode,
          authenticatedState,
        })),
      });
    const tokensOf = (reply: Record<string, unknown>) => JSON.stringify(reply['execute']);
    expect(tokensOf(await call([['C-1', 'crm', 'unknown']], '1'))).not.toContain('gold');
    expect(tokensOf(await call([['C-1', 'crm', 'logged_out']], '2'))).not.toContain('gold');
    expect(tokensOf(await call([['C-1', 'shop', 'authenticated']], '3'))).not.toContain('gold');
    expect(tokensOf(await call([['C-1', 'crm', 'authenticated']], '4'))).toContain('"crs.MyCRM.tier":"gold"');
    const two = [
      ['C-9', 'shop', 'authenticated'],
      ['C-2', 'crm', 'authenticated'],
    ] as const;
    expect(tokensOf(await call(two, '5'))).toContain('"crs.MyCRM.tier":"silver"');
  });

  test('ca-preload: by setting has them 20 minutes later, by the clock', async () => {
    await emulator.setSettings('demo', { attributesArrive: 'after-20-minutes' });
    await upload('crm.csv', 'id,tier\nC-1,gold\n');
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    await emulator.advance(20 * 60_000 - 1);
    expect(attributesOf('C-1')).toEqual({});
    await emulator.advance(1);
    expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'gold' });
    // What changes later is there at the next call.
    await upload('crm.csv', 'id,tier\nC-1,silver\n');
    expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'gold' });
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'silver' });
  });

  test('ca-own-namespace: keeps both, an attribute of a batch that is called alike too', async () => {
    await upload('crm.csv', 'id,tier\nC-1,gold\n');
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    const reply = await emulator.fetch(
      new Request('http://localhost/m2/demo/v2/profile/batchUpdate', {
        method: 'POST',
        body: 'batch=thirdPartyId,crs.MyCRM.tier\nC-1,bronze',
      }),
    );
    expect(await reply.text()).toContain('<success>true</success>');
    const [batch] = emulator.batches('demo');
    expect(batch?.diagnostics).toContainEqual({ rule: 'ca-page-readonly', count: 1, first: [{ row: 0, column: 2 }] });
    const profile = emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' });
    expect(valuesOf(profile?.attributes)).toEqual({ 'crs.MyCRM.tier': 'bronze' });
    expect(valuesOf(profile?.customerAttributes)).toEqual({ 'crs.MyCRM.tier': 'gold' });
  });

  test('ca-shows-fetch: shows them in a fetch by setting only', async () => {
    await upload('crm.csv', 'id,tier\nC-1,gold\n');
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    const fetched = async () =>
      (await emulator.fetch(new Request('http://localhost/rest/v1/profiles/thirdPartyId/C-1?client=demo'))).text();
    expect(await fetched()).not.toContain('gold');
    await emulator.setSettings('demo', { attributesInFetch: 'shown' });
    expect(await fetched()).toContain('"crs.MyCRM.tier":{"value":"gold"');
  });

  test.each(['consecutiveV2', 'default'])(
    'keeps them through batches that replace the record (%s)',
    async (reading) => {
      if (reading === 'consecutiveV2') await emulator.setSettings('demo', { consecutiveV2: 'replace-record' });
      await upload('crm.csv', 'id,tier\nC-1,gold\n');
      await emulator.visit('demo', { thirdPartyId: 'C-1' });
      for (const value of ['1', '2']) {
        await emulator.fetch(
          new Request('http://localhost/m2/demo/v2/profile/batchUpdate', {
            method: 'POST',
            body: `batch=thirdPartyId,a${value}\nC-1,${value}`,
          }),
        );
      }
      await emulator.drain();
      expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'gold' });
      await emulator.visit('demo', { thirdPartyId: 'C-1' });
      expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.tier': 'gold' });
    },
  );

  test('lim-64k-evict: shares the budget with them: the oldest goes, whichever it is', async () => {
    await upload('crm.csv', `id,big\nC-1,${'x'.repeat(40_000)}\n`);
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    await emulator.advance(1);
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { own: 'y'.repeat(40_000) } }]);
    expect(attributesOf('C-1')).toEqual(undefined);
    await emulator.advance(1);
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    const profile = emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' });
    expect(profile?.attributes).toEqual([]);
    expect(profile?.customerAttributes).toHaveLength(1);
  });

  test('ca-lifetime: lives longer by a file, and not again once dead', async () => {
    const day = 24 * 60 * 60_000;
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { a: '1' } }]);
    await emulator.advance(10 * day);
    await upload('crm.csv', 'id,tier\nC-1,gold\n');
    await emulator.advance(10 * day);
    expect(emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })).toBeDefined();
    await emulator.advance(5 * day);
    await upload('crm.csv', 'id,tier\nC-1,gold\n');
    expect(emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' })).toBeUndefined();
  });

  test('ca-privacy: is forgotten with what files said of them', async () => {
    await upload('crm.csv', 'id,tier\nC-1,gold\nC-2,silver\n');
    await emulator.visit('demo', { thirdPartyId: 'C-1', marketingCloudVisitorId: '77' });
    await emulator.deleteProfile('demo', { kind: 'marketingCloudVisitorId', value: '77' });
    // Nobody has seen this one.
    expect(await emulator.deleteProfile('demo', { kind: 'thirdPartyId', value: 'C-2' })).toBe(false);
    expect([recordOf('C-1'), recordOf('C-2')]).toEqual([undefined, undefined]);
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    expect(attributesOf('C-1')).toBeUndefined();
  });
});

describe('a source', () => {
  test('ca-subscription: brings what Target is subscribed to, while it is active', async () => {
    await upload('crm.csv', 'id,a,b\nC-1,1,2\n');
    await emulator.customerAttributes.setSource('demo', 'crm', { subscribed: ['b'] });
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    expect(attributesOf('C-1')).toEqual({ 'crs.MyCRM.b': '2' });
    await emulator.customerAttributes.setSource('demo', 'crm', { active: false });
    expect(attributesOf('C-1')).toEqual({});
  });

  test('ca-alias-burnt: leaves its alias taken once deleted, and its attributes reach nobody', async () => {
    await upload('crm.csv', 'id,a\nC-1,1\n');
    await emulator.visit('demo', { thirdPartyId: 'C-1' });
    expect(await emulator.customerAttributes.deleteSource('demo', 'crm')).toBe(true);
    expect([attributesOf('C-1'), recordOf('C-1')]).toEqual([{}, undefined]);
    expect(emulator.customerAttributes.sources('demo')).toEqual([]);
    await expect(emulator.customerAttributes.setSource('demo', 'crm', {})).rejects.toThrow(/ca-alias-burnt/);
  });

  test.each(['CRM', 'my crm', 'a'.repeat(51), '', '../x', '.hidden'])(
    'ca-alias-form: is not called %j',
    async (alias) => {
      await expect(emulator.customerAttributes.setSource('demo', alias, {})).rejects.toThrow(/ca-alias-form/);
    },
  );

  test('ca-schema-update: changes its schema only while nothing is subscribed', async () => {
    await upload('crm.csv', 'id,a\nC-1,1\n');
    const changed = { attributes: [{ name: 'b' }] };
    await expect(emulator.customerAttributes.setSource('demo', 'crm', changed)).rejects.toThrow(/ca-schema-update/);
    await emulator.customerAttributes.setSource('demo', 'crm', { subscribed: [] });
    await emulator.customerAttributes.setSource('demo', 'crm', changed);
    expect(await upload('crm.csv', 'id,b\nC-1,1\n')).toMatchObject({ status: 'processed' });
  });

  test('is gone with its client code, in snapshots with everything else', async () => {
    await upload('crm.csv', 'id,a\nC-1,1\n');
    const snapshot = await emulator.snapshot();
    await upload('crm.csv', 'id,a\nC-1,2\nC-2,2\n');
    await emulator.customerAttributes.deleteSource('demo', 'crm');
    await emulator.restore(snapshot);
    expect([recordOf('C-1'), recordOf('C-2')]).toEqual([{ 'crs.MyCRM.a': '1' }, undefined]);
    await emulator.dropClient('demo');
    await emulator.drain();
    expect(emulator.customerAttributes.sources('demo')).toEqual([]);
    await emulator.customerAttributes.setSource('demo', 'crm', { name: 'My CRM' });
    expect(recordOf('C-1')).toBeUndefined();
  });

  test('tells the password that it made once, and nobody else', async () => {
    const made = await emulator.customerAttributes.setSource('demo', 'shop', {});
    expect(made).toMatch(/.{16,}/);
    expect(await emulator.customerAttributes.setSource('demo', 'shop', { description: 'x' })).toBeUndefined();
    const reply = await emulator.fetch(new Request('http://localhost/__emulator/clients/demo/sources'));
    const text = await reply.text();
    expect(text).toContain('"account":"demo.shop"');
    expect(text).not.toContain('password');
  });
});

describe('what is bounded', () => {
  test('a client code has 1,000 sources, deleted ones among them', async () => {
    const { writer } = store;
    for (let made = 1; made < 1_000; made += 1)
      await writer.writeSource('demo' as ClientCode, {
        alias: `s${made}`,
        name: `s${made}`,
        subscribed: 'all',
        active: true,
        keys: [],
      });
    await emulator.customerAttributes.deleteSource('demo', 's1');
    const key = { keys: ['ssh-ed25519 AAAA'] };
    await expect(emulator.customerAttributes.setSource('demo', 'one-more', key)).rejects.toThrow(
      /at most 1000 sources/,
    );
    await emulator.customerAttributes.setSource('demo', 's2', key);
    await emulator.customerAttributes.setSource('other', 'one-more', key);
  });

  test('of ended files the newest 10,000 are remembered, and it is told how many went', async () => {
    const { writer } = store;
    const fault = { rule: 'ca-fin', message: 'x' } as const;
    const file = { client: 'demo' as ClientCode, alias: 'crm', receivedAt: 0, bytes: 0, fault };
    for (let sent = 1; sent <= 10_003; sent += 1) await writer.addFile({ ...file, name: `f${sent}.fin` });
    const reply = await emulator.fetch(
      new Request('http://localhost/__emulator/clients/demo/sources/crm/files?limit=1'),
    );
    expect(await reply.json()).toMatchObject({ files: [{ name: 'f10003.fin' }], dropped: 2 });
  });

  test('files that wait in the root of an account are bounded, for a file by hand too', async () => {
    const { writer } = store;
    const file = { client: 'demo' as ClientCode, alias: 'crm', receivedAt: 0, bytes: 0 };
    for (let sent = 1; sent <= 1_000; sent += 1) await writer.addFile({ ...file, name: `f${sent}.csv` });
    await expect(upload('crm.csv', 'id,a\nC-1,1\n')).rejects.toThrow(/1000 files lie in the root/);
  });
});

describe('ca-loss', () => {
  const csv = (rows: number) => `id,a\n${Array.from({ length: rows }, (_, row) => `C-${row + 1},x\n`).join('')}`;
  const lose = (share = 0.2) => emulator.faults.set({ silentLoss: { share, on: ['attributes'] } }, 'demo');

  test('the fault silentLoss loses rows of a file, nothing of its counts says so, and the file tells which', async () => {
    lose();
    const { status, rows, appliedRows, loss } = await upload('crm.csv', csv(200));
    expect([status, rows, appliedRows]).toEqual(['processed', 200, 200]);
    const missing = Array.from({ length: 200 }, (_, row) => row + 1).filter(
      (row) => recordOf(`C-${row}`) === undefined,
    );
    expect(missing.length).toBeGreaterThan(0);
    expect(loss).toMatchObject({ share: 0.2, count: missing.length });
    expect(loss?.first.toSorted((a, b) => a - b)).toEqual(missing);
    // The journal has it, so that a test can verify that it was there.
    const { entries } = emulator.journal.read({ fault: 'silentLoss' });
    expect(entries.map(({ kind, client, operation }) => [kind, client, operation])).toEqual([
      ['fault', 'demo', 'attributes'],
      ['request', 'demo', 'attributes'],
    ]);
    const told = await emulator.fetch(new Request('http://localhost/__emulator/clients/demo/sources/crm/files'));
    expect(await told.json()).toMatchObject({ files: [{ loss: { rule: 'ca-loss', count: missing.length } }] });
  });

  test('nothing is lost unless it is asked for, nor where the fault is for batches alone', async () => {
    expect((await upload('crm.csv', csv(50))).loss).toBeUndefined();
    emulator.faults.set({ silentLoss: { share: 1, on: ['submit'] } }, 'demo');
    expect(await upload('two.csv', csv(50))).toMatchObject({ loss: undefined, appliedRows: 50 });
    expect(recordOf('C-50')).toBeDefined();
  });

  test('the same seed and file lose the same rows, whatever the slices are, and another file others', async () => {
    const lostOf = async (sliceRowsMax: number, text = csv(300)) => {
      const other = await createEmulator({}, { clock: virtualClock(0), store: openMemoryStore({ sliceRowsMax }) });
      await other.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
      other.faults.set({ silentLoss: { share: 0.1 } });
      const { loss } = await other.customerAttributes.upload('demo', 'crm', 'crm.csv', text);
      await other.close();
      return loss?.first.toSorted((a, b) => a - b);
    };
    const lost = await lostOf(5_000);
    expect(lost).not.toEqual([]);
    expect(await lostOf(7)).toEqual(lost);
    expect(await lostOf(7, `${csv(300)}C-0,y\n`)).not.toEqual(lost);
  });

  test('the first 100 rows are told, and all are counted', async () => {
    lose(1);
    const { loss } = await upload('crm.csv', csv(150));
    expect([loss?.count, loss?.first.length]).toEqual([150, 100]);
  });
});
