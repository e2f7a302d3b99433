/** Jobs that outlive their process: what is written down when, what a resume does with it, and what is taken away. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createUploader,
  openJobs,
  resumeUpload,
  type Progress,
  type ResumeOptions,
  type UploadReport,
  type UploadSource,
  type UploaderOptions,
} from '../../../../src/client/index.ts';
import { JobDatabase } from '../../../../src/client/jobs/job-database.ts';
import { submitAccepted, submitRejected } from '../../../../src/protocol/wire/index.ts';
import { complete, ENDPOINT, fakeClock, fakeTransport, link, type Sent, source, willingService } from '../support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\na2,Basel\na3,Genf\n';
const DAY_MS = 24 * 3_600_000;

let state: string;
beforeEach(async () => {
  state = join(await mkdtemp(join(tmpdir(), 'tpe-test-')), 'state');
});
afterEach(() => rm(join(state, '..'), { recursive: true }));

type Answer = Parameters<typeof fakeTransport>[1];

let seed = 0;
/** Each draws its own names. */
function chance() {
  let drawn = (seed += 1);
  return { next: () => (drawn = (drawn * 16_807) % 2_147_483_647) / 2_147_483_647 };
}

function world(clock = fakeClock()) {
  const run = (answer: Answer, options: Partial<UploaderOptions> = {}) => {
    const transport = fakeTransport(clock, answer);
    const shared = { transport, clock, random: chance(), state };
    const all = { endpoint: ENDPOINT, client: 'acme', partRowsMax: 1, ...shared, ...options };
    return {
      transport,
      upload: async (text = CSV, onProgress?: (progress: Progress) => void, signal?: AbortSignal) => {
        const result = await createUploader(all).upload(source(text), {
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
        });
        if (result.kind !== 'report') throw new Error(JSON.stringify(result));
        return result;
      },
      resume: (job: string, changes: ResumeOptions = {}, text?: string) =>
        resumeUpload(job, { ...shared, ...changes }, text === undefined ? {} : { source: source(text) }),
    };
  };
  return { clock, run };
}

const posts = (sent: readonly Sent[]) => sent.filter(({ init }) => init.method === 'POST').map(({ body }) => body);
const filesOfRows = () => readdirSync(join(state, 'jobs'), { recursive: true, encoding: 'utf8' });

describe('a job', () => {
  it('is remembered with its parts, and keeps no row once all are settled', async () => {
    const { run } = world();
    const report = await run(willingService).upload();
    expect(report).toMatchObject({ state: 'done', job: expect.stringMatching(/^\d{8}-\d{6}-[a-z2-9]{5}$/) });
    const jobs = await openJobs(state);
    expect(jobs.list()).toMatchObject([
      { id: report.job, account: 'acme@127.0.0.1:9999', state: 'ended', result: 'done', rows: 3, input: 'input.csv' },
    ]);
    expect(jobs.show(report.job!).parts).toMatchObject([
      { part: 1, rows: 1, state: 'settled', attempts: 1 },
      { part: 2, rows: 1, state: 'settled', attempts: 1 },
      { part: 3, rows: 1, state: 'settled', attempts: 1 },
    ]);
    jobs.close();
    expect(filesOfRows()).toEqual([]);
    for (const name of readdirSync(state).filter((file) => file.startsWith('jobs.db'))) {
      expect(readFileSync(join(state, name)).includes('Basel')).toBe(false);
    }
  });

  it('goes on where it stopped, in another process, with the bytes it began with', async () => {
    const { run } = world();
    const stopped = run((sent, index) => (index === 1 ? { status: 403 } : willingService(sent)), { wait: false });
    const report = await stopped.upload();
    expect(report.parts.map((part) => part.state)).toEqual(['submitted', 'failed', 'not-sent']);
    const again = run(willingService);
    const resumed = await again.resume(report.job!, { token: 'better', wait: true });
    expect(resumed).toMatchObject({ state: 'done', job: report.job, total: { updated: 3 } });
    expect(resumed.parts.map(({ attempts }) => attempts)).toEqual([1, 2, 1]);
    expect([...posts(stopped.transport.sent).slice(0, 1), ...posts(again.transport.sent)].toSorted()).toEqual(
      ['a1,Bern', 'a2,Basel', 'a3,Genf'].map((row) => `batch=thirdPartyId,city\n${row}\n`),
    );
    expect(again.transport.sent[0]!.init.headers['authorization']).toBe('Bearer better');
    expect(filesOfRows()).toEqual([]);
  });

  it('is written down before each send, so that a death in between says that a part may be there twice', async () => {
    const { run } = world();
    const seen: unknown[] = [];
    const dying = run(async (sent, index) => {
      const jobs = await openJobs(state);
      seen.push(jobs.list()[0]!.parts.map((part) => [part.state, part.attempts, part.link !== undefined]));
      jobs.close();
      if (index < 1) return willingService(sent) as never;
      // Whoever dies here hears no answer.
      throw new Error('cut');
    });
    await dying.upload().catch(() => undefined);
    expect(seen.slice(0, 2)).toEqual([
      [
        ['sending', 1, false],
        ['unsent', 0, false],
        ['unsent', 0, false],
      ],
      [
        ['accepted', 1, true],
        ['sending', 1, false],
        ['unsent', 0, false],
      ],
    ]);
  });

  it.each(['latest', 'by its id'])('is resumed %s', async (how) => {
    const { run } = world();
    await run(willingService).upload('thirdPartyId,city\nb1,x\n');
    const open = await run(willingService, { wait: false }).upload();
    const resumed = await run(willingService).resume(how === 'latest' ? 'latest' : open.job!, { wait: true });
    expect(resumed).toMatchObject({ job: open.job, state: 'done' });
    await expect(run(willingService).resume('latest')).rejects.toMatchObject({ code: 'job-unknown' });
    await expect(run(willingService).resume(open.job!)).rejects.toMatchObject({ code: 'job-unknown' });
    await expect(run(willingService).resume('../../etc')).rejects.toMatchObject({ code: 'job-unknown' });
  });

  it('sends a stuck part alone again, and says that it may be there twice', async () => {
    const { run } = world();
    const stuck = run(
      (sent) =>
        sent.init.method === 'GET' && sent.url.includes('b-2')
          ? { text: complete(2, 1, 0, 0, 'stuck') }
          : willingService(sent),
      { partRowsMax: 2 },
    );
    const report = await stuck.upload();
    expect(report).toMatchObject({ state: 'stuck', openParts: [expect.any(Number)] });
    const again = run(willingService);
    const resumed = await again.resume('latest');
    expect(posts(again.transport.sent)).toHaveLength(1);
    expect(resumed).toMatchObject({ state: 'done', maybeTwice: true });
  });

  it('sends and follows chosen parts alone', async () => {
    const { run } = world();
    const first = await run(willingService, { onlyPart: [2] }).upload();
    expect(first.parts.map((part) => part.state)).toEqual(['skipped', 'done', 'skipped']);
    const again = run(willingService);
    const second = await again.resume('latest', { onlyPart: [3] });
    expect(second.parts.map((part) => part.state)).toEqual(['skipped', 'done', 'done']);
    expect(posts(again.transport.sent)).toHaveLength(1);
    expect((await run(willingService).resume('latest', { onlyPart: [] })).state).toBe('done');
  });

  it('a chosen part that is not there is wrong usage, and nothing is sent', async () => {
    const { run } = world();
    for (const onlyPart of [[4], [2, 9]]) {
      const { upload, transport } = run(willingService, { onlyPart });
      await expect(upload()).rejects.toMatchObject({ code: 'options-invalid' });
      expect(transport.sent).toEqual([]);
    }
    await expect(run(willingService).resume('latest', { onlyPart: [4] })).rejects.toThrow(/has 3 parts, and no part 4/);
    expect((await run(willingService).resume('latest')).state).toBe('done');
  });

  it.each([
    ['overwritten', (bytes: Buffer) => bytes.fill(0xff, 4096)],
    ['cut', (bytes: Buffer) => bytes.subarray(0, 5000)],
    ['another', () => Buffer.from('no database'.repeat(1000))],
  ])('a database that is damaged (%s) is told as such, with the way out', async (_, damaged) => {
    const { run } = world();
    await run(willingService, { wait: false }).upload();
    const file = join(state, 'jobs.db');
    writeFileSync(file, damaged(readFileSync(file)));
    const told = { code: 'state-unusable', message: expect.stringMatching(/jobs\.db.*--state/) };
    await expect(openJobs(state).then((jobs) => jobs.list())).rejects.toMatchObject(told);
  });

  it('a database that finds no room is told as such, and that it passes', async () => {
    const database = new JobDatabase(join(state, '..', 'jobs.db'));
    database.all('PRAGMA max_page_count = 1');
    const full = () => database.run('INSERT INTO secret (key) VALUES (zeroblob(100000))');
    const message = expect.stringMatching(/disk is full\. Free some space, or name another folder by --state/);
    expect(full).toThrow(expect.objectContaining({ code: 'state-unusable', retryable: true, message }));
    database.close();
  });

  it('is refused with another input or other options, which are named; how it is told may change', async () => {
    const { run } = world();
    await run(willingService, { wait: false }).upload();
    const { resume } = run(willingService);
    await expect(resume('latest', {}, `${CSV}a4,Chur\n`)).rejects.toMatchObject({
      code: 'job-differs',
      differences: [expect.stringMatching(/^input\.csv is not the input of the job: its SHA-256 begins with/)],
    });
    await expect(resume('latest', { api: 'v1', partRowsMax: 7, idColumn: 'x' })).rejects.toMatchObject({
      differences: [
        'api is "v2" in the job and "v1" here.',
        'partRowsMax is 1 in the job and 7 here.',
        'idColumn is not set in the job and "x" here.',
      ],
    });
    expect(await resume('latest', { api: 'v2', wait: true, deadlineMs: 1_000_000 }, CSV)).toMatchObject({
      state: 'done',
    });
  });

  it('is made of all its files: in another order, or cut elsewhere, they are another input', async () => {
    const { run } = world();
    const text = (name: string, rows: string) => ({ name, text: `thirdPartyId,city\n${rows}` });
    const [one, two] = [text('one.csv', 'a1,Bern\n'), text('two.csv', 'a2,Basel\na3,Genf\n')];
    const options = { rename: { city: 'town' }, constants: { from: 'crm' }, nulls: ['-'] };
    const uploader = createUploader({
      endpoint: ENDPOINT,
      client: 'acme',
      partRowsMax: 1,
      transport: run(() => ({ status: 403 })).transport,
      clock: fakeClock(),
      state,
      ...options,
    });
    const report = (await uploader.upload([one, two])) as UploadReport;
    expect((await openJobs(state)).show('latest')).toMatchObject({ input: 'one.csv and 1 more', rows: 3 });

    const again = (sources: UploadSource, changes: ResumeOptions = {}) => {
      const { transport } = run(willingService);
      return resumeUpload(report.job!, { transport, clock: fakeClock(), state, ...changes }, { source: sources });
    };
    const elsewhere = [text('one.csv', 'a1,Bern\na2,Basel\n'), text('two.csv', 'a3,Genf\n')];
    for (const others of [[two, one], [one], elsewhere, [one, two, two]]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(again(others), JSON.stringify(others)).rejects.toMatchObject({ code: 'job-differs' });
    }
    for (const changes of [
      { rename: {} },
      { constants: { from: 'x' } },
      { nulls: [] },
      { strict: true },
      { trim: true },
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(again([one, two], changes)).rejects.toMatchObject({ code: 'job-differs' });
    }
    expect(await again([one, two], { ...options, trim: false })).toMatchObject({
      state: 'done',
      total: { updated: 3 },
    });
  });

  it('waits when it is resumed although its first run did not, and sends all although that run chose', async () => {
    const { run } = world();
    await run(willingService, { wait: false, onlyPart: [2] }).upload();
    expect(await run(willingService).resume('latest')).toMatchObject({ state: 'done', total: { updated: 3 } });
  });

  it('does not go on where what becomes of it cannot be written down, and is as it was', async () => {
    const { run } = world();
    const full = new Error('database or disk is full');
    const jobs = await openJobs(state, fakeClock(), chance());
    const begin = jobs.begin.bind(jobs);
    jobs.begin = (about) => {
      const preparing = begin(about);
      const ready = preparing.ready.bind(preparing);
      return {
        ...preparing,
        ready(prepared) {
          const job = ready(prepared);
          const record = job.record.bind(job);
          job.record = (part, change) => {
            if (part === 2) throw full;
            record(part, change);
          };
          return job;
        },
      };
    };
    const transport = run(willingService, { jobs });
    await expect(transport.upload()).rejects.toThrow('disk is full');
    expect(posts(transport.transport.sent)).toHaveLength(1);
    expect(jobs.list()[0]!.parts.map((part) => part.state)).toEqual(['accepted', 'unsent', 'unsent']);
    jobs.close();
    expect((await run(willingService).resume('latest')).state).toBe('done');
  });

  it('writes neither token nor password of a proxy down', async () => {
    const { run } = world();
    const proxy = 'http://me:tok-12345@proxy:8080';
    await run(willingService, { wait: false, token: 'tok-12345', proxy }).upload();
    for (const name of readdirSync(state, { recursive: true, encoding: 'utf8' })) {
      const path = join(state, name);
      if (statSync(path).isFile()) expect(readFileSync(path).includes('tok-12345')).toBe(false);
    }
  });

  it('is worked at by one process at a time', async () => {
    const { run } = world();
    let busy: unknown;
    const report = await run(async (sent, index) => {
      if (index === 0)
        busy = await run(willingService)
          .resume('latest')
          .catch((error: unknown) => error);
      return willingService(sent) as never;
    }).upload();
    expect(busy).toMatchObject({ code: 'job-busy', retryable: true, job: report.job });
    expect(report.state).toBe('done');
  });

  it('takes rows away before it says that it has ended, those too that a death left', async () => {
    const { run, clock } = world();
    const { job } = await run(willingService, { wait: false }).upload();
    const file = join(state, 'jobs', job!, 'part-1');
    const jobs = await openJobs(state, clock, chance());
    const resumed = jobs.resume(job!);
    const rows = readFileSync(file);
    for (const { part } of resumed.job.parts()) await resumed.job.settle(part, { failedIds: [] } as never);
    writeFileSync(file, rows);
    // From now on nothing can be written down.
    jobs.close();
    expect(() => resumed.job.close('done')).toThrow(expect.objectContaining({ code: 'spool-unusable', job }));
    expect(existsSync(file)).toBe(false);
  });

  it('leaves nothing of an input that is refused or interrupted', async () => {
    const { run } = world();
    await expect(run(willingService).upload('thirdPartyId,city\na/1,x\n')).rejects.toThrow('input-refused');
    const abort = new AbortController();
    const upload = run(willingService).upload(CSV, ({ kind }) => kind === 'reading' && abort.abort(), abort.signal);
    await expect(upload).rejects.toMatchObject({ code: 'interrupted' });
    const jobs = await openJobs(state);
    expect(jobs.list()).toEqual([]);
    jobs.close();
    expect(filesOfRows()).toEqual([]);
  });

  it('keeps rows that nobody resumes for seven days, or as long as it is told', async () => {
    const clock = fakeClock();
    const { run } = world(clock);
    const { job } = await run(willingService, { wait: false }).upload();
    await clock.sleep(6 * DAY_MS);
    await run(willingService, { keepDays: 7 }).upload('thirdPartyId,city\nb1,x\n');
    expect(existsSync(join(state, 'jobs', job!))).toBe(true);
    await clock.sleep(1.1 * DAY_MS);
    await run(willingService).upload('thirdPartyId,city\nb1,x\n');
    expect(filesOfRows()).toEqual([]);
    const gone = run(willingService).resume(job!);
    await expect(gone).rejects.toThrow('taken away because nobody resumed it');
  });

  it('is forgotten with its rows, and what a death left is swept away', async () => {
    const { run, clock } = world();
    const { job } = await run(willingService, { wait: false }).upload();
    const jobs = await openJobs(state, clock, chance());
    mkdirSync(join(state, 'jobs', '20260101-000000-aaaaa'));
    writeFileSync(join(state, 'jobs', '20260101-000000-aaaaa', 'part-1'), 'rows');
    mkdirSync(join(state, 'jobs', 'not-ours'));
    jobs.sweep(DAY_MS);
    expect(readdirSync(join(state, 'jobs')).toSorted()).toEqual([job, 'not-ours'].toSorted());
    jobs.forget(job!);
    expect(jobs.list()).toEqual([]);
    expect(readdirSync(join(state, 'jobs'))).toEqual(['not-ours']);
    jobs.close();
  });

  it('is one of so many finished ones at most', async () => {
    const { clock } = world();
    const jobs = await openJobs(state, clock, chance());
    const begin = () => jobs.begin({ account: 'a', input: 'x', options: {} });
    const plan = { parts: [], rows: 0, faults: { count: 0, first: [] } } as never;
    for (let index = 0; index < 5; index += 1) begin().ready({ plan, header: '', digest: '' }).close('done');
    const [, , third] = jobs.list();
    jobs.sweep(DAY_MS, 3);
    expect(jobs.list()).toHaveLength(3);
    expect(jobs.list().at(-1)).toEqual(third);
    jobs.close();
  });
});

describe('ids that meet', () => {
  const OTHER = 'thirdPartyId,city\na2,Chur\nvisitor-b9,Sion\n';

  it('v2-override-caveat: waits for the end of an earlier upload that is writing them', async () => {
    const { run } = world();
    const slow = (sent: Sent) =>
      sent.init.method === 'POST'
        ? { text: submitAccepted(link(`slow-${sent.atMs}`)) }
        : { text: complete(1, sent.atMs < 100_000 ? 0 : 1, 0, 0, sent.atMs < 100_000 ? 'incomplete' : 'complete') };
    const first = await run(slow, { wait: false }).upload();
    const second = run(slow);
    const events: Progress[] = [];
    await second.upload(OTHER, (progress) => events.push(progress));
    expect(events).toContainEqual({ kind: 'held-up', job: first.job, sharedIds: 1 });
    expect(second.transport.sent.find(({ init }) => init.method === 'POST')!.atMs).toBeGreaterThanOrEqual(100_000);
  });

  it('are sent at once where that is meant, by v1, by pcId, and where none is shared', async () => {
    for (const [options, text] of [
      [{ onOverlap: 'send' as const }, OTHER],
      [{ api: 'v1' as const }, OTHER],
      [{}, 'thirdPartyId,city\nc1,x\n'],
      [{}, 'pcId,city\na1,x\n'],
      [{ client: 'globex' }, OTHER.replace('a2', 'a1')],
    ] as const) {
      const { run } = world();
      await run(willingService, { wait: false }).upload();
      const second = run(
        (sent) =>
          sent.init.method === 'POST'
            ? { text: submitAccepted(link('b-1').replace('acme', 'client' in options ? options.client : 'acme')) }
            : { text: complete(1, 1) },
        options,
      );
      await second.upload(text);
      expect(second.transport.sent[0]!.init.method).toBe('POST');
      await rm(state, { recursive: true });
    }
  });

  it('are not sent while their end is not to be seen, and the job can be resumed', async () => {
    const { run } = world();
    await run(willingService, { wait: false }).upload();
    const never = run(() => ({ text: complete(1, 0, 0, 0, 'incomplete') }), { deadlineMs: 60_000 });
    const error = await never.upload(OTHER).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'job-busy',
      job: expect.any(String),
      message: expect.stringContaining('1 ids'),
    });
    expect(posts(never.transport.sent)).toEqual([]);
    expect((await run(willingService).resume('latest', { onOverlap: 'send' })).state).toBe('done');
  });

  it('are not rolled back by a resume after a later upload has written them, unless that is meant', async () => {
    const { run } = world();
    const refused = run(() => ({ text: submitRejected('not now') }));
    const first = await refused.upload();
    const second = await run(willingService).upload(OTHER);
    expect(second.state).toBe('done');
    const resume = run(willingService);
    await expect(resume.resume(first.job!)).rejects.toMatchObject({
      code: 'newer-upload',
      message: expect.stringContaining(`Job ${second.job} has written 1 of these ids`),
    });
    expect(resume.transport.sent).toEqual([]);
    // Of the later upload only keyed hashes are left.
    for (const name of readdirSync(state).filter((file) => file.startsWith('jobs.db'))) {
      expect(readFileSync(join(state, name)).includes('visitor-b9')).toBe(false);
    }
    expect((await resume.resume(first.job!, { rollBack: true })).state).toBe('done');
  });

  it('are not rolled back where the later upload ends while another one is still looked through', async () => {
    const { run } = world();
    const first = await run(() => ({ text: submitRejected('not now') })).upload();
    const many = Array.from({ length: 200_000 }, (_, index) => `b${index},x\n`).join('');
    await run(willingService, { wait: false, partRowsMax: 500_000 }).upload(`thirdPartyId,city\n${many}`);
    const last = await run(willingService, { wait: false, onOverlap: 'send' }).upload(OTHER);
    const resumed = run(willingService);
    const [earlier, later] = await Promise.allSettled([
      resumed.resume(first.job!),
      run(willingService).resume(last.job!),
    ]);
    expect(later).toMatchObject({ value: { state: 'done' } });
    expect(earlier).toMatchObject({ reason: { code: 'newer-upload' } });
    expect(resumed.transport.sent).toEqual([]);
  });
});

describe('ids of another job that are looked for again and again', () => {
  it('v2-override-caveat: are compared once for the same parts, and anew when fewer of them count', async () => {
    const { run, clock } = world();
    const first = await run(willingService, { wait: false }).upload();
    const theirs = await openJobs(state, clock, chance());
    const { job } = theirs.resume(first.job!);
    const settle = (part: number) => job.settle(part, { failedIds: [] } as never);
    const ofA1 = [1, 2, 3].find((part) => readFileSync(join(state, 'jobs', job.id, `part-${part}`)).includes('a1,'))!;
    let looks = 0;
    const sleep: typeof clock.sleep = async (ms, signal) => {
      looks += 1;
      if (looks === 2) await settle(ofA1);
      if (looks === 4) {
        for (const part of [1, 2, 3].filter((each) => each !== ofA1)) await settle(part);
        job.close('done');
      }
      return clock.sleep(ms, signal);
    };
    const jobs = await openJobs(state, clock, chance());
    let compared = 0;
    const rowsOf = jobs.rowsOf.bind(jobs);
    jobs.rowsOf = (...of) => {
      compared += 1;
      return rowsOf(...of);
    };
    const shared: number[] = [];
    const second = run(willingService, { jobs, clock: { ...clock, sleep } });
    const report = await second.upload('thirdPartyId,city\na1,Chur\na2,Sion\n', (told) => {
      if (told.kind === 'held-up') shared.push(told.sharedIds);
    });
    expect(report.state).toBe('done');
    expect(shared).toEqual([2, 2, 1, 1]);
    // Their rows and ours, for all parts and for those that are left.
    expect(compared).toBe(4);
    jobs.close();
    theirs.close();
  });
});

describe('the account', () => {
  it('lim-calls-min: has one budget for every process that shares the folder', async () => {
    const { run } = world();
    const rows = (letter: string) =>
      `thirdPartyId,a\n${Array.from({ length: 30 }, (_, index) => `${letter}${index},x\n`).join('')}`;
    const options = { wait: false, callsPerMinute: 50 };
    const [first, second] = [run(willingService, options), run(willingService, options)];
    await first.upload(rows('a'));
    await second.upload(rows('b'));
    const times = [...first.transport.sent, ...second.transport.sent].map(({ atMs }) => atMs);
    expect(times).toHaveLength(60);
    for (const [index, atMs] of times.entries()) {
      if (index >= 50) expect(atMs - times[index - 50]!).toBeGreaterThanOrEqual(60_000);
    }
  });

  it('err-rate-503: keeps a closed window closed for the next process', async () => {
    const { run } = world();
    const options = { wait: false, callsPerMinute: 50, outageMax: 0 };
    const closed = run(() => ({ status: 503, retryAfter: '600' }), { ...options, outageMax: '20m' });
    const abort = new AbortController();
    await closed.upload(CSV, ({ kind }) => kind === 'retrying' && abort.abort(), abort.signal);
    const next = run(willingService, options);
    await next.upload('thirdPartyId,city\nb1,x\n');
    expect(next.transport.sent[0]!.atMs).toBeGreaterThanOrEqual(600_000);
  });
});

describe('the state folder', () => {
  it('is closed to others, with everything in it', async () => {
    const { run } = world();
    const seen: string[] = [];
    await run((sent) => {
      for (const name of ['', ...readdirSync(state, { recursive: true, encoding: 'utf8' })]) {
        const { mode } = statSync(join(state, name));
        if ((mode & 0o077) !== 0) seen.push(name);
      }
      return willingService(sent);
    }).upload();
    expect(seen).toEqual([]);
  });

  it('is refused where it holds other things, and left as it was', async () => {
    const { run } = world();
    mkdirSync(state, { mode: 0o755 });
    chmodSync(state, 0o755);
    writeFileSync(join(state, 'letter.txt'), 'mine');
    await expect(run(willingService).upload()).rejects.toMatchObject({ code: 'state-unusable' });
    expect(readdirSync(state)).toEqual(['letter.txt']);
    expect(statSync(state).mode & 0o777).toBe(0o755);
  });

  it('is refused in words where it is damaged or of a newer release', async () => {
    const { run } = world();
    await run(willingService).upload();
    writeFileSync(join(state, 'jobs.db'), 'no database at all, but long enough to be read as one'.repeat(100));
    await expect(run(willingService).upload()).rejects.toMatchObject({ code: 'state-unusable' });
  });
});

describe('outcome files', () => {
  it('hold the problem rows, the failed ids and the rows of what is unsettled', async () => {
    const { run } = world();
    const outcomes = join(state, '..', 'outcomes');
    const text = `${CSV}b/4,x\n`;
    const named = complete(1, 0, 0, 1).replace(
      '</response>',
      '<profile><id>a"1</id><status>failed</status></profile></response>',
    );
    const report: UploadReport = await run(
      (sent, index) =>
        index === 1 ? { status: 403 } : sent.init.method === 'POST' ? willingService(sent) : { text: named },
      { outcomes, onProblem: 'skip' },
    ).upload(text);
    const files = readdirSync(outcomes).toSorted();
    expect(files).toEqual(
      ['failed-ids.csv', 'problem-rows.csv', 'problems.csv', 'unsettled-part-2.txt', 'unsettled-part-3.txt'].map(
        (name) => `${report.job}-${name}`,
      ),
    );
    const contents = files.map((name) => readFileSync(join(outcomes, name), 'utf8'));
    expect(contents[0]).toBe('part,id\n1,"a""1"\n');
    expect(contents[1]).toBe('\uFEFFthirdPartyId,city\nb/4,x\n');
    expect(contents[2]).toMatch(
      /^file,line,column,name,rule,reason,row\ninput\.csv,5,1,thirdPartyId,key-3rd-chars,".*","b\/4,x"\n$/,
    );
    expect(contents.slice(3).join('')).toMatch(
      /^batch=thirdPartyId,city\na\d,\w+\nbatch=thirdPartyId,city\na\d,\w+\n$/,
    );
    for (const name of files) expect(statSync(join(outcomes, name)).mode & 0o777).toBe(0o600);
  });
});
