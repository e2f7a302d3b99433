/** Jobs that cannot be resumed, forgotten or passed just now, and state folders that cannot be used: each is told, and nothing is lost. */
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUploader, type Jobs, openJobs, type Progress, resumeUpload } from '../../../../src/client/index.ts';
import { ENDPOINT, fakeClock, fakeTransport, source, willingService } from '../support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\n';
const DAY_MS = 24 * 3_600_000;

let place: string;
let state: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'tpe-test-'));
  state = join(place, 'state');
});
afterEach(() => rm(place, { recursive: true }));

let seed = 0;
function world(answer: Parameters<typeof fakeTransport>[1] = willingService) {
  const clock = fakeClock();
  let drawn = (seed += 1);
  const random = { next: () => (drawn = (drawn * 16_807) % 2_147_483_647) / 2_147_483_647 };
  const transport = fakeTransport(clock, answer);
  const options = { endpoint: ENDPOINT, client: 'acme', transport, clock, random, state };
  return { clock, random, transport, options, open: () => openJobs(state, clock, random) };
}

/** With other jobs in hand, as another process has them. */
async function beside<Result>(open: () => Promise<Jobs>, work: (jobs: Jobs) => Promise<Result> | Result) {
  const jobs = await open();
  try {
    return await work(jobs);
  } finally {
    jobs.close();
  }
}

describe('a state folder', () => {
  it('of a newer release is left as it is, and the way out is told', async () => {
    const { options, open } = world();
    await createUploader(options).upload(source(CSV));
    const database = new Sqlite(join(state, 'jobs.db'));
    database.pragma('user_version = 2');
    database.close();
    const told = { code: 'state-unusable', message: expect.stringContaining('written by a newer release: upgrade') };
    await expect(createUploader(options).upload(source(CSV))).rejects.toMatchObject(told);
    await expect(open()).rejects.toMatchObject(told);
  });

  it('that cannot be made is named, with the two ways out', async () => {
    writeFileSync(state, 'mine');
    const { options } = world();
    const below = createUploader({ ...options, state: join(state, 'jobs', 'of', 'mine') });
    for (const uploader of [createUploader(options), below])
      await expect(uploader.upload(source(CSV))).rejects.toMatchObject({
        code: 'state-unusable',
        message: expect.stringMatching(
          /^The state folder .* cannot be used: .*Name another by --state, or --state off/,
        ),
      });
  });

  it('is what a resume needs', async () => {
    const { state: _, ...options } = world().options;
    await expect(resumeUpload('latest', options)).rejects.toMatchObject({
      code: 'job-unknown',
      message: 'No job is remembered: there is no state folder.',
    });
  });
});

describe('a job', () => {
  it('whose input is still being read is no leftover, however long that takes', async () => {
    const { clock, options, open } = world();
    const jobs = await open();
    const { id, files } = jobs.begin({ account: 'acme', input: 'x', options: {} });
    await files.create('rows');
    await clock.sleep(8 * DAY_MS);
    await createUploader(options).upload(source(CSV));
    expect(readdirSync(join(state, 'jobs'))).toEqual([id]);
    expect(jobs.show(id).state).toBe('running');
    jobs.close();
  });

  it('that died before it was ready is not resumed, and is swept away with its rows', async () => {
    const { options } = world();
    const { job } = (await createUploader({ ...options, wait: false }).upload(source(CSV))) as { readonly job: string };
    const database = new Sqlite(join(state, 'jobs.db'));
    database.exec("UPDATE job SET state = 'preparing'");
    database.close();
    const jobs = await openJobs(state);
    await expect(resumeUpload(job, { ...options, jobs })).rejects.toMatchObject({
      code: 'job-unknown',
      message: `Job ${job} died before it was ready to be sent. Upload it anew.`,
    });
    jobs.close();
    await expect(resumeUpload('latest', options)).rejects.toMatchObject({ code: 'job-unknown' });
    expect(readdirSync(join(state, 'jobs'))).toEqual([]);
  });

  it('that somebody works at is not forgotten and not resumed', async () => {
    const { options, open } = world(async (sent) => {
      await beside(open, (jobs) => {
        const { id } = jobs.list()[0]!;
        const busy = { code: 'job-busy', retryable: true, job: id };
        expect(() => jobs.forget(id)).toThrow(expect.objectContaining(busy));
        expect(() => jobs.resume(id)).toThrow(expect.objectContaining(busy));
        expect(jobs.show(id).state).toBe('running');
      });
      return willingService(sent) as never;
    });
    expect(await createUploader(options).upload(source(CSV))).toMatchObject({ state: 'done' });
  });
});

describe('v2-override-caveat: an upload whose ids a running one is about to write', () => {
  it('waits until that has sent them, and sends after it', async () => {
    const first = world();
    const events: Progress[] = [];
    const order: string[] = [];
    const second = world((sent) => {
      if (sent.init.method === 'POST') order.push('second');
      return willingService(sent);
    });
    let looks = 0;
    let waiting: Promise<unknown> | undefined;
    const { promise: seen, resolve: isSeen } = Promise.withResolvers<void>();
    // The other waits for as long as this one has not answered.
    const { clock } = second;
    const patient = {
      ...second.options,
      clock: {
        ...clock,
        async sleep(ms: number, signal?: AbortSignal) {
          looks += 1;
          isSeen();
          await new Promise((resolve) => setImmediate(resolve));
          return clock.sleep(ms, signal);
        },
      },
    };
    const transport = fakeTransport(first.clock, async (sent) => {
      if (sent.init.method === 'POST') {
        waiting = createUploader(patient).upload(source(CSV), { onProgress: (told) => events.push(told) });
        await seen;
        order.push('first');
      }
      return willingService(sent) as never;
    });
    const done = await createUploader({ ...first.options, transport }).upload(source(CSV));
    expect(await waiting).toMatchObject({ state: 'done' });
    expect(order).toEqual(['first', 'second']);
    expect(looks).toBeGreaterThan(0);
    expect(events).toContainEqual({ kind: 'held-up', job: (done as { job: string }).job, sharedIds: 1 });
  });

  it('is interrupted while it waits: nothing was sent, and it can be resumed', async () => {
    const first = world();
    const second = world();
    const abort = new AbortController();
    const transport = fakeTransport(first.clock, async (sent) => {
      if (sent.init.method === 'POST') {
        const onProgress = ({ kind }: Progress) => kind === 'held-up' && abort.abort();
        const run = { signal: abort.signal, onProgress };
        const report = await createUploader(second.options).upload(source(CSV), run);
        expect(report).toMatchObject({ state: 'interrupted', openParts: [1], job: expect.any(String) });
      }
      return willingService(sent) as never;
    });
    await createUploader({ ...first.options, transport }).upload(source(CSV));
    expect(second.transport.sent).toEqual([]);
    expect(await resumeUpload('latest', second.options)).toMatchObject({ state: 'done' });
  });
});
