/** What becomes of an upload whose files of what did not get through cannot be written: it does not begin, or is told all the same. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createUploader } from '../../../../src/client/index.ts';
import { ENDPOINT, fakeClock, fakeTransport, middling, type Sent, source, willingService } from '../support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\n';

let place: string;
beforeEach(() => void (place = mkdtempSync(join(tmpdir(), 'tpe-outcomes-'))));
afterEach(() => rmSync(place, { recursive: true }));

function setUp(answer: (sent: Sent) => { readonly text: string }, outcomes: string) {
  const clock = fakeClock();
  const transport = fakeTransport(clock, answer);
  const options = { endpoint: ENDPOINT, client: 'acme', wait: false, transport, clock, random: middling, outcomes };
  return { transport, uploader: createUploader(options) };
}

it.each([
  ['a file', 'outcomes'],
  ['below a file', 'outcomes/of/today'],
])('a folder for outcomes that is %s is told before anything is sent', async (_, name) => {
  writeFileSync(join(place, 'outcomes'), 'mine');
  const { transport, uploader } = setUp(willingService, join(place, name));
  await expect(uploader.upload(source(CSV))).rejects.toMatchObject({
    code: 'spool-unusable',
    message: expect.stringContaining(`Cannot write the outcomes to ${join(place, name)}: `),
  });
  expect(transport.sent).toEqual([]);
});

it('what was sent is reported although the folder for outcomes went away meanwhile', async () => {
  const outcomes = join(place, 'outcomes');
  const { uploader } = setUp((sent) => {
    rmSync(outcomes, { recursive: true });
    writeFileSync(outcomes, 'mine');
    return willingService(sent);
  }, outcomes);
  const report = await uploader.upload(source(CSV));
  expect(report).toMatchObject({
    kind: 'report',
    state: 'submitted',
    openLinks: [expect.stringContaining('batchId=b-1')],
    outcomesError: { code: 'spool-unusable', message: expect.stringContaining(`to ${outcomes}: `) },
    error: undefined,
  });
});

it('a file of problem rows that cannot be made ends the upload before anything is sent', async () => {
  const outcomes = join(place, 'outcomes');
  // By the same clock and chance a job has the same name.
  const { uploader, transport } = setUp(willingService, outcomes);
  const bad = source('thirdPartyId,city\na/1,Bern\n');
  await uploader.upload(bad);
  const rows = readdirSync(outcomes).find((name) => name.endsWith('-problem-rows.csv'));
  rmSync(join(outcomes, rows!));
  mkdirSync(join(outcomes, rows!));
  await expect(uploader.upload(bad)).rejects.toMatchObject({
    code: 'spool-unusable',
    message: expect.stringMatching(/Cannot write the outcomes to .*EISDIR.*\. Name another directory\./s),
    retryable: false,
  });
  expect(transport.sent).toEqual([]);
});
