import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkBatchFile,
  createUploader,
  followLink,
  type UploaderOptions,
  type UploadReport,
} from '../../src/client/index.ts';
import type { EmulatorOptions } from '../../src/server/index.ts';
import { CRM_ID_COLUMN, type CrmRecord, crmExport, crmRecords } from '../../src/sim/workload/crm-export.ts';
import { getJson, openEmulator, send } from './support.ts';

/** An emulator and an uploader whose every wait lets the emulator finish its work. */
async function setUp(options: Partial<UploaderOptions> = {}, emulatorOptions: EmulatorOptions = {}) {
  const emulator = await openEmulator(emulatorOptions);
  const directory = await mkdtemp(join(tmpdir(), 'tpe-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const temporaryDirectory = join(directory, 'temporary');
  await mkdir(temporaryDirectory);
  let nowMs = 0;
  const clock = {
    now: () => nowMs,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      nowMs += ms;
      emulator.time.advance(ms);
      await emulator.drain();
    },
  };
  const all = { endpoint: emulator.url, client: 'acme', clock, temporaryDirectory, ...options };
  const upload = async (text: string): Promise<UploadReport> => {
    const path = join(directory, 'input');
    await writeFile(path, text);
    const result = await createUploader(all).upload(path);
    expect(await readdir(temporaryDirectory)).toEqual([]);
    if (result.kind !== 'report') throw new Error(JSON.stringify(result.problems));
    return result;
  };
  return { emulator, clock, upload };
}

interface FetchedProfile {
  readonly profileAttributes: Readonly<Record<string, { readonly value: string }>>;
}

async function attributesOf(url: string, id: string): Promise<Record<string, string> | undefined> {
  const path = `/rest/v1/profiles/thirdPartyId/${encodeURIComponent(id)}?client=acme`;
  const reply = await send(url + path);
  if (reply.status === 404) return undefined;
  const { profileAttributes } = JSON.parse(reply.text) as FetchedProfile;
  return Object.fromEntries(Object.entries(profileAttributes).map(([name, { value }]) => [name, value]));
}

function said(record: CrmRecord): Record<string, string> {
  return Object.fromEntries(Object.entries(record.values).filter((entry): entry is [string, string] => !!entry[1]));
}

describe('the uploader against the emulator', () => {
  it('v2-upsert: brings 100,000 CRM rows over; every counter reconciles and profiles say what the file said', async () => {
    const crm = { rows: 100_000, seed: 7 };
    const { emulator, upload } = await setUp({ idColumn: CRM_ID_COLUMN, partRowsMax: 30_000 });
    const report = await upload([...crmExport(crm)].join(''));
    const records = [...crmRecords(crm)];
    const empty = records.filter((record) => Object.keys(said(record)).length === 0).length;
    expect(report.state).toBe('done');
    expect(report.parts.length).toBeGreaterThan(3);
    expect(report.total).toEqual({
      submitted: 100_000,
      updated: 100_000 - empty,
      notFound: 0,
      failed: 0,
      ignored: empty,
      unaccounted: 0,
    });
    for (const record of records.filter((_, index) => index % 499 === 0)) {
      const expected = said(record);
      expect(await attributesOf(emulator.url, record.id)).toEqual(
        Object.keys(expected).length === 0 ? undefined : expected,
      );
    }
  });

  it('v1-update-only: v1 counts as not found what v2 creates', async () => {
    const text = 'thirdPartyId,city\na1,Zürich\na2,"Bern, CH"\n';
    const first = await setUp({ api: 'v1' });
    expect(await first.upload(text)).toMatchObject({ state: 'rejected-rows', total: { notFound: 2, updated: 0 } });
    const second = await setUp({ api: 'v2' });
    expect(await second.upload(text)).toMatchObject({ state: 'done', total: { notFound: 0, updated: 2 } });
    expect(await attributesOf(second.emulator.url, 'a2')).toEqual({ city: 'Bern, CH' });
  });

  it('enc-utf8-percent: any text survives, from CSV and from NDJSON, read raw or as a form', async () => {
    const value = `comma, "quote" 100% +plus &amp=; 字 \u{1F600} two\nlines\ttab `;
    const rows = {
      csv: `thirdPartyId,x y\nid 1,"${value.replaceAll('"', '""')}"\n`,
      ndjson: JSON.stringify({ thirdPartyId: 'id 1', 'x y': value }),
    };
    for (const text of Object.values(rows)) {
      const { emulator, upload } = await setUp({ delimiter: ',' });
      expect((await upload(text)).state).toBe('done');
      expect(await attributesOf(emulator.url, 'id 1')).toEqual({ 'x y': value });
    }
  });

  it('our-duplicate-ids: rows of one visitor keep their order however many parts there are', async () => {
    const { emulator, upload } = await setUp({ partRowsMax: 3 });
    const rows = Array.from({ length: 60 }, (_, index) => `v${index % 20},${index},${index < 20 ? 'first' : ''}`);
    const report = await upload(`thirdPartyId,last,first\n${rows.join('\n')}`);
    expect(report).toMatchObject({ state: 'done', total: { updated: 60 } });
    expect(report.parts).toHaveLength(20);
    for (let visitor = 0; visitor < 20; visitor += 1) {
      expect(await attributesOf(emulator.url, `v${visitor}`)).toEqual({ last: String(visitor + 40), first: 'first' });
    }
  });

  it('st-immediately-incomplete: asks again after the first `incomplete` of a realistic emulator', async () => {
    const { upload, clock } = await setUp({}, { pace: 'realistic' });
    expect(await upload('thirdPartyId,a\n1,x\n')).toMatchObject({ state: 'done', total: { updated: 1 } });
    expect(clock.now()).toBeGreaterThanOrEqual(2000);
  });

  it("hands over the emulator's own refusal with its rule", async () => {
    const { upload } = await setUp({}, { mode: 'strict' });
    const report = await upload('thirdPartyId,a\n1,x\n');
    expect(report).toMatchObject({ state: 'failed', openParts: [1], error: { code: 'refused', retryable: false } });
    expect(report.error!.message).toContain('target-profile-emulator:');
  });

  it('gives a link that can be followed later', async () => {
    const { upload, clock } = await setUp({ wait: false });
    const report = await upload('thirdPartyId,a\n1,x\n');
    expect(report).toMatchObject({ state: 'submitted' });
    const outcome = await followLink(report.openLinks[0]!, { clock });
    expect(outcome).toMatchObject({ kind: 'complete', reading: { successfulUpdates: 1 } });
  });

  it('judges a batch file as the emulator does', async () => {
    const file = Buffer.from(
      'batch=thirdPartyId,a,b\nok,1,2\na/b,1\nx,%zz\nempty,,\nZ\xfc,1\n,1\nlong,1,2,3\n',
      'latin1',
    );
    const { emulator } = await setUp();
    const url = `${emulator.url}/m2/acme/v2/profile/batchUpdate`;
    expect((await send(url, { body: file })).text).toContain('<success>true</success>');
    await emulator.drain();
    const { batches } = (await getJson(`${emulator.url}/__emulator/batches`)) as {
      batches: { batchId: string; failedUpdates: number; ignoredRows: number }[];
    };
    async function* chunks() {
      yield file;
    }
    const report = await checkBatchFile(chunks());
    expect(batches[0]).toMatchObject({ failedUpdates: report.failedRows, ignoredRows: report.ignoredRows });
    const { rows } = (await getJson(
      `${emulator.url}/__emulator/batches/${batches[0]!.batchId}/rows?outcome=failed`,
    )) as {
      rows: { row: number; rule: string }[];
    };
    expect(rows.map(({ row, rule }) => [row, rule])).toEqual(report.failures.map(({ row, rule }) => [row, rule]));
  });
});
