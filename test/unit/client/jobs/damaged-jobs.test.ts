/** What becomes of a job whose kept rows are not what they were: nothing is sent that nobody judged, and no id is written unseen. */
import { appendFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUploader, resumeUpload, type UploadReport, type UploaderOptions } from '../../../../src/client/index.ts';
import { submitAccepted } from '../../../../src/protocol/wire/index.ts';
import { complete, ENDPOINT, fakeClock, fakeTransport, link, source, willingService } from '../support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\na2,Basel\n';

let state: string;
beforeEach(async () => {
  state = join(await mkdtemp(join(tmpdir(), 'tpe-test-')), 'state');
});
afterEach(() => rm(join(state, '..'), { recursive: true }));

const fileOf = (job: string, part: number) => join(state, 'jobs', job, `part-${part}`);

function world() {
  const clock = fakeClock();
  let drawn = 0;
  const random = { next: () => (drawn = (drawn * 16_807 + 7) % 2_147_483_647) / 2_147_483_647 };
  const options = (answer: Parameters<typeof fakeTransport>[1]) => {
    const transport = fakeTransport(clock, answer);
    return { endpoint: ENDPOINT, client: 'acme', partRowsMax: 1, transport, clock, random, state };
  };
  const upload = async (given: UploaderOptions, text = CSV): Promise<UploadReport> => {
    const result = await createUploader(given).upload(source(text));
    if (result.kind !== 'report') throw new Error(JSON.stringify(result));
    return result;
  };
  return { clock, options, upload };
}

describe('a part whose kept rows are not what was judged', () => {
  const notJudged = (how: string) =>
    `The rows kept of part 1 are not what was judged, but ${how}. Upload the input anew.`;

  it.each([
    ['cut short', (file: string) => truncateSync(file, 3), notJudged('shorter')],
    ['longer', (file: string) => appendFileSync(file, 'b1,Chur\n'), notJudged('longer')],
    ['gone', (file: string) => rmSync(file), 'part-1 is gone. Upload the input anew.'],
  ])('%s: it fails for good, at once, and no later part is sent', async (_, damage, message) => {
    const { clock, options, upload } = world();
    const { job } = await upload({ ...options(() => ({ status: 403 })), wait: false });
    damage(fileOf(job!, 1));
    const { transport, ...given } = options(willingService);
    const waits = clock.sleeps.length;
    const report = await resumeUpload(job!, { ...given, transport });
    expect(report).toMatchObject({ state: 'failed', job });
    expect(report.parts[0]).toMatchObject({
      state: 'failed',
      error: { code: 'spool-unusable', retryable: false, message: expect.stringContaining(message) },
    });
    expect(report.parts[1]).toMatchObject({ state: 'not-sent' });
    expect(clock.sleeps).toHaveLength(waits);
    expect(transport.sent).toEqual([]);
  });

  it('longer: of the surplus not one byte leaves', async () => {
    const { options, upload } = world();
    const { job } = await upload({ ...options(() => ({ status: 403 })), wait: false });
    appendFileSync(fileOf(job!, 1), 'b1,Chur\n'.repeat(100_000));
    const chunks: Uint8Array[] = [];
    const transport = async (_: string, { body }: { body?: AsyncIterable<Uint8Array> }) => {
      for await (const chunk of body!) chunks.push(chunk);
      throw new Error('it came to its end');
    };
    const { parts } = await resumeUpload(job!, { ...options(willingService), transport });
    expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(parts[0]!.bytes);
    expect(parts[0]).toMatchObject({ state: 'failed', error: { code: 'spool-unusable' } });
  });

  it('not readable: it fails at once too, and can be resumed when it is again', async () => {
    const { clock, options, upload } = world();
    const { job } = await upload({ ...options(() => ({ status: 403 })), wait: false });
    const file = fileOf(job!, 1);
    rmSync(file);
    // For everybody, root included.
    mkdirSync(file);
    const waits = clock.sleeps.length;
    const report = await resumeUpload(job!, options(willingService));
    expect(report.parts[0]).toMatchObject({
      state: 'failed',
      error: { code: 'spool-unusable', retryable: true, message: expect.stringContaining('EISDIR') },
    });
    expect(clock.sleeps).toHaveLength(waits);
  });
});

it('a part whose end cannot be written down is told when the others have ended, and ends no process before', async () => {
  const { options } = world();
  let polls = 0;
  let job = '';
  const given = options(async (sent) => {
    const isFirst = sent.body.includes('a1') || sent.url.includes('b-first');
    if (sent.init.method === 'POST') return { text: submitAccepted(link(isFirst ? 'b-first' : 'b-second')) } as never;
    // What was not caught would be reported between two turns of the loop.
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    if (isFirst) {
      rmSync(fileOf(job, 1));
      return { text: complete(1, 1) } as never;
    }
    polls += 1;
    return { text: complete(1, 1, 0, 0, polls > 5 ? 'complete' : 'incomplete') } as never;
  });
  const onProgress = (progress: { readonly kind: string; readonly job?: string | undefined }) => {
    if (progress.kind === 'planned') job = progress.job!;
  };
  // Some rows of the first part are to be looked up, and cannot be read any more.
  const upload = createUploader({ ...given, verify: 2 }).upload(source(CSV), { onProgress });
  await expect(upload).rejects.toMatchObject({ code: 'spool-unusable', message: expect.stringContaining('is gone') });
  expect(polls).toBe(6);
});

describe('v2-override-caveat: an earlier job whose rows', () => {
  it('cannot be read is in the way, by its name, for nobody knows which ids it writes', async () => {
    const { options, upload } = world();
    const { job } = await upload({ ...options(willingService), wait: false });
    truncateSync(fileOf(job!, 1), 3);
    const { transport, ...given } = options(willingService);
    await expect(upload({ ...given, transport }, 'thirdPartyId,city\na1,Chur\n')).rejects.toMatchObject({
      code: 'state-unusable',
      message: expect.stringContaining(`tpe jobs forget ${job}`),
    });
    expect(transport.sent).toEqual([]);
    expect((await upload({ ...options(willingService), onOverlap: 'send' }, CSV)).state).toBe('done');
  });

  it('went with its end while they were to be read is in nobody’s way', async () => {
    const { options, upload } = world();
    const { job } = await upload({ ...options(willingService), wait: false });
    rmSync(fileOf(job!, 1));
    expect((await upload(options(willingService), 'thirdPartyId,city\na1,Chur\n')).state).toBe('done');
  });
});
