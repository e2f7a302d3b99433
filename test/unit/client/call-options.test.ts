/** What a caller without types may pass beside an upload's options: each is told in words, and nothing is sent meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkBatchFile,
  checkFile,
  checkInput,
  createUploader,
  followLink,
  openJobs,
  resumeAttributes,
  resumeUpload,
  uploadAttributes,
  uploadEvents,
} from '../../../src/client/index.ts';
import { collect, ENDPOINT, fakeClock, fakeTransport, middling, willingService } from './support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\na2,Basel\n';
const LINK = `${ENDPOINT}/m2/acme/profile/batchStatus?batchId=b`;

function setUp() {
  const clock = fakeClock();
  const transport = fakeTransport(clock, willingService);
  const uploader = createUploader({ endpoint: ENDPOINT, client: 'acme', transport, clock, random: middling });
  return { uploader, transport };
}

describe('chunks of an input', () => {
  const bytes = new TextEncoder().encode(CSV);
  const buffer = bytes.buffer;
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);

  it.each<[string, unknown]>([
    ['text', CSV],
    ['a Uint8Array', bytes],
    ['an ArrayBuffer', buffer],
    ['a SharedArrayBuffer', shared],
    ['a DataView', new DataView(buffer)],
    ['a Uint16Array', new Uint16Array(buffer, 0, bytes.length / 2)],
    ['a part of a buffer', new DataView(new TextEncoder().encode(`x${CSV}`).buffer, 1)],
  ])('may be %s', async (_, chunk) => {
    const chunks = [chunk] as Uint8Array[];
    expect(await checkInput({ name: 'crm', chunks })).toMatchObject({ kind: 'plan', rows: 2 });
    expect(await checkFile({ name: 'crm', chunks })).toMatchObject({ kind: 'export', result: { rows: 2 } });
    const { uploader, transport } = setUp();
    expect(await uploader.upload({ name: 'crm', open: () => chunks })).toMatchObject({
      state: 'done',
      total: { updated: 2 },
    });
    expect(transport.sent.length).toBeGreaterThan(0);
  });

  it.each([5, null, undefined, {}, ['a'], true])('are refused where one is %o, and nothing is sent', async (chunk) => {
    const chunks = [CSV, chunk] as string[];
    const { uploader, transport } = setUp();
    const told = { code: 'input-unreadable', message: expect.stringContaining('neither text nor bytes') };
    await expect(uploader.upload({ name: 'crm', chunks })).rejects.toMatchObject(told);
    await expect(uploader.plan({ name: 'crm', chunks })).rejects.toMatchObject(told);
    await expect(checkFile({ name: 'crm', chunks })).rejects.toMatchObject(told);
    await expect(checkBatchFile(['batch=pcId,a\n', ...chunks])).rejects.toMatchObject(told);
    expect(transport.sent).toEqual([]);
  });

  it('of a batch file may be texts, or a list', async () => {
    expect(await checkBatchFile(['batch=pcId,a\n', '1,x\n'])).toMatchObject({ kind: 'fine', rows: 1 });
  });
});

describe('options in the wrong place', () => {
  const { uploader, transport } = setUp();
  const input = { name: 'crm', text: CSV };
  const place = { url: new URL('sftp://demo.crm@127.0.0.1:1'), password: 'x', knownHosts: '' };
  // As a caller without types has them.
  const [upload, plan, follow]: ((...given: never[]) => Promise<unknown>)[] = [
    uploader.upload,
    uploader.plan,
    uploader.follow,
  ];
  const ways: Readonly<Record<string, (given: never) => unknown>> = {
    upload: (given) => upload!(input as never, given),
    plan: (given) => plan!(input as never, given),
    follow: (given) => follow!(LINK as never, given),
    checkInput: (given) => checkInput(input, {}, given),
    'checkFile, its settings': (given) => checkFile(input, given),
    'checkFile, its options': (given) => checkFile(input, {}, given),
    'checkFile, its run': (given) => checkFile(input, {}, {}, given),
    checkBatchFile: (given) => checkBatchFile([CSV], given),
    followLink: (given) => followLink(LINK, given),
    resumeUpload: (given) => resumeUpload('latest', {}, given),
    uploadAttributes: (given) => uploadAttributes(input, given),
    'uploadAttributes, its run': (given) => uploadAttributes(input, { idColumn: 'thirdPartyId', place }, given),
    resumeAttributes: (given) => resumeAttributes('latest', given),
    'resumeAttributes, its run': (given) => resumeAttributes('latest', { password: 'x' }, given),
  };

  it.each(Object.entries(ways))('are refused by %s, which sends nothing', async (_, way) => {
    for (const given of [5, 'x', null, { hurry: true }, { signal: 5 }, { onProgress: 5 }, { clock: {}, jobs: 5 }])
      await expect((async () => way(given as never))(), JSON.stringify(given)).rejects.toMatchObject({
        code: 'options-invalid',
      });
    expect(transport.sent).toEqual([]);
  });

  it.each([
    { transport: 'http' },
    { clock: { now: 5 } },
    { random: Math.random },
    { temporaryDirectory: 5 },
    { state: 5 },
    { keepDays: 'x' },
    { jobs: 5 },
  ])('are refused by createUploader: %o', (given) => {
    const make = () => createUploader({ endpoint: ENDPOINT, client: 'acme', ...given } as never);
    expect(make).toThrow(`Option ${Object.keys(given)[0]}`);
  });

  it('are named: a column is not left out by an option that nobody reads', async () => {
    await expect(upload!(input as never, { drop: ['city'] } as never)).rejects.toThrow('drop');
    await expect(checkFile(input, { bdy: 'form' } as never)).rejects.toThrow('bdy');
    await expect(checkBatchFile([CSV], { body: 'from' } as never)).rejects.toThrow('Option body');
  });

  it('a reading that is undefined is the default', async () => {
    const surplus = ['batch=pcId,a\n1,x,y\n'];
    expect(await checkBatchFile(surplus, { surplusCells: undefined } as never)).toMatchObject({ kind: 'fine' });
    expect(await checkBatchFile(surplus, { surplusCells: 'fail' })).toMatchObject({ kind: 'faulty' });
  });
});

describe('what is not there at all', () => {
  const told = { code: 'options-invalid' };

  it.each([undefined, 5, null, {}, ['a', 'b'], { name: 'x' }])('is no file: checkFile(%o)', async (given) => {
    await expect(checkFile(given as never)).rejects.toMatchObject(told);
  });

  it.each([undefined, 5, 'batch.txt', {}, null])('is no batch file: checkBatchFile(%o)', async (given) => {
    await expect(checkBatchFile(given as never)).rejects.toMatchObject(told);
  });

  it.each([undefined, 5, null, {}])('is no link, no folder, no upload: %o', async (given) => {
    await expect(followLink(given as never)).rejects.toMatchObject(told);
    await expect(openJobs(given as never)).rejects.toMatchObject(told);
    await expect(collect(uploadEvents(given as never))).rejects.toMatchObject(told);
  });

  it('is no signal, and no clock of a state folder', async () => {
    await expect(collect(uploadEvents(() => Promise.reject(new Error('started')), 5 as never))).rejects.toMatchObject(
      told,
    );
    const folder = mkdtempSync(join(tmpdir(), 'tpe-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await expect(openJobs(join(folder, 'state'), 5 as never)).rejects.toMatchObject(told);
  });
});
