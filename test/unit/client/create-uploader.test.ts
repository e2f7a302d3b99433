import { appendFileSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkInput,
  createUploader,
  type Progress,
  type UploadReport,
  type UploadSource,
  type UploaderOptions,
  isUploadError,
  UploadError,
} from '../../../src/client/index.ts';
import { VERSION } from '../../../src/protocol/version.ts';
import { submitAccepted, submitRejected } from '../../../src/protocol/wire/index.ts';
import {
  chunksOf,
  complete,
  ENDPOINT,
  fakeClock,
  fakeTransport,
  link,
  middling,
  type Sent,
  source,
  willingService,
} from './support.ts';

const CSV = 'thirdPartyId,city,plan\na1,Zürich,gold\na2,"Bern, CH",\na3,,\n';

let temporaryDirectory: string;
beforeEach(async () => {
  temporaryDirectory = await mkdtemp(join(tmpdir(), 'tpe-test-'));
});
afterEach(async () => {
  expect(await readdir(temporaryDirectory)).toEqual([]);
  await rm(temporaryDirectory, { recursive: true });
});

function setUp(answer: Parameters<typeof fakeTransport>[1] = willingService, options: Partial<UploaderOptions> = {}) {
  const clock = fakeClock();
  const transport = fakeTransport(clock, answer);
  const uploader = createUploader({
    endpoint: ENDPOINT,
    client: 'acme',
    transport,
    clock,
    random: middling,
    temporaryDirectory,
    ...options,
  });
  return { uploader, transport, clock };
}

function reportOf(result: { readonly kind: string }): UploadReport {
  expect(result.kind).toBe('report');
  return result as UploadReport;
}

describe('createUploader', () => {
  it('body-batch-prefix: posts the encoded batch file to the v2 path, with its length and content type', async () => {
    const { uploader, transport } = setUp();
    await uploader.upload(source(CSV));
    const [post] = transport.sent;
    expect(post!.url).toBe(`${ENDPOINT}/m2/acme/v2/profile/batchUpdate`);
    expect(post!.body).toBe('batch=thirdPartyId,city,plan\na1,Z%C3%BCrich,gold\na2,Bern%2C%20CH\na3\n');
    expect(post!.init.headers).toEqual({
      'user-agent': `target-profile-emulator/${VERSION}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(post!.body.length),
    });
    expect(post!.init.redirect).toBe('manual');
  });

  it('ep-v1-submit: posts to the v1 path on demand', async () => {
    const { uploader, transport } = setUp(willingService, { api: 'v1' });
    await uploader.upload(source(CSV));
    expect(transport.sent[0]!.url).toBe(`${ENDPOINT}/m2/acme/profile/batchUpdate`);
  });

  it('ep-status-append: asks the returned link verbatim with showDetails appended', async () => {
    const { uploader, transport } = setUp();
    await uploader.upload(source(CSV));
    expect(transport.sent[1]!.url).toBe(`${link('b-3')}&showDetails=true`);
  });

  it('reconciles the counters with the rows it sent', async () => {
    const answers = (sent: Sent) =>
      sent.init.method === 'POST' ? { text: submitAccepted(link('b')) } : { text: complete(3, 2) };
    const { uploader } = setUp(answers);
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report.state).toBe('done');
    // a3 has no value: the service counts it nowhere (our-empty-only-counters).
    expect(report.total).toEqual({ submitted: 3, updated: 2, notFound: 0, failed: 0, ignored: 1, unaccounted: 0 });
  });

  it('calls rows that were not found, failed or vanished rejected', async () => {
    for (const text of [complete(3, 1, 1), complete(3, 1, 0, 1), complete(3, 1)]) {
      const { uploader } = setUp((sent) =>
        sent.init.method === 'POST' ? { text: submitAccepted(link('b')) } : { text },
      );
      const report = reportOf(await uploader.upload(source(CSV)));
      expect(report.state).toBe('rejected-rows');
    }
  });

  it('auth-header-bearer: sends the token to the endpoint and to the link, and tells it nobody else', async () => {
    const { uploader, transport } = setUp(willingService, { token: 'secret-token' });
    const report = await uploader.upload(source(CSV));
    expect(transport.sent.map((sent) => sent.init.headers['authorization'])).toEqual([
      'Bearer secret-token',
      'Bearer secret-token',
    ]);
    expect(JSON.stringify(report)).not.toContain('secret');
  });

  it.each(['https://acme.tt.omtrdc.net', 'https://ACME.TT.OMTRDC.NET.', 'http://mboxedge45.tt.omtrdc.net'])(
    'sends nothing to %s unless production is meant',
    async (endpoint) => {
      expect(() => setUp(willingService, { endpoint })).toThrow(
        expect.objectContaining({ code: 'production-not-confirmed' }),
      );
      const { uploader } = setUp(willingService, { endpoint, production: true, wait: false });
      expect(reportOf(await uploader.upload(source(CSV))).state).toBe('submitted');
    },
  );

  it('lim-calls-min: paces itself to 50 calls a minute on a real host, and not at all elsewhere', async () => {
    const rows = Array.from({ length: 51 }, (_, index) => `v${index},x\n`).join('');
    const options = { partRowsMax: 1, wait: false };
    const real = setUp(willingService, { ...options, endpoint: 'https://acme.tt.omtrdc.net', production: true });
    await real.uploader.upload(source(`thirdPartyId,a\n${rows}`));
    expect(real.transport.sent.map((sent) => sent.atMs)).toEqual([...Array(50).fill(0), 60_000]);
    const other = setUp(willingService, options);
    await other.uploader.upload(source(`thirdPartyId,a\n${rows}`));
    expect(other.transport.sent.at(-1)!.atMs).toBe(0);
  });

  it("says in the service's own words why it refused, made harmless for a terminal", async () => {
    const { uploader } = setUp(() => ({ text: submitRejected('No \u009b2J more\nof this.') }));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report.error!.message).toBe('The service refused the part: No 2J more of this.');
  });

  it('writes whole sentences where the service says nothing but a status, a cause or neither', async () => {
    const messageOf = async (status: number, cause: string | undefined, text = '') => {
      const { uploader } = setUp(() => ({ status, text, ...(cause === undefined ? {} : { cause }) }));
      return reportOf(await uploader.upload(source(CSV))).error!.message;
    };
    expect(await messageOf(404, 'rule/ep-post-only')).toBe('The service answered 404 (rule/ep-post-only).');
    expect(await messageOf(404, undefined)).toBe('The service answered 404.');
    expect(await messageOf(400, 'rule/x', submitRejected('No.'))).toBe('The service answered 400: No (rule/x).');
    expect(await messageOf(302, undefined)).toBe('The service answered 302. A redirect is not followed.');
    const silent = await messageOf(200, 'rule/x', submitRejected(' '));
    expect(silent).toBe('The service refused the part: it gave no reason (rule/x).');
  });

  it.each(['line\nbreak', 'tök', 'two words', ''])('refuses the token %j without repeating it', (token) => {
    for (const make of [
      () => createUploader({ endpoint: ENDPOINT, client: 'acme', token }),
      () => setUp(willingService, { token }),
    ]) {
      expect(make).toThrow(expect.objectContaining({ code: 'options-invalid' }));
      expect(make).toThrow(/^Option token: must be visible ASCII characters without blanks and line ends\.$/);
    }
  });

  it('names every option that is wrong', () => {
    const make = () => createUploader({ endpoint: ENDPOINT, client: 'a/b', partRowsMax: 0, hurry: true } as never);
    expect(make).toThrow(expect.objectContaining({ code: 'options-invalid' }));
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(isUploadError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'options-invalid', retryable: false });
    expect(isUploadError(error, 'options-invalid') && error.issues).toHaveLength(3);
  });

  it.each(['rename', 'constants'])('refuses a name in %s that would vanish', (option) => {
    const odd = JSON.parse(`{"${option}":{"__proto__":"x"}}`) as object;
    const make = () => createUploader({ endpoint: ENDPOINT, client: 'acme', ...odd });
    expect(make).toThrow(`Option ${option}: nothing is called __proto__.`);
  });

  it.each([undefined, null, 5, 'http://127.0.0.1', []])('says of the options %o that they are an object', (given) => {
    expect(() => createUploader(given as never)).toThrow(expect.objectContaining({ code: 'options-invalid' }));
    expect(() => createUploader(given as never)).toThrow('The options are an object');
  });

  it.each([
    undefined,
    null,
    5,
    {},
    [5],
    { name: 'a.csv' },
    { text: CSV },
    { name: 'a.csv', text: 5 },
    { name: 'a.csv', chunks: 'abc' },
    { name: 'a.csv', open: CSV },
    { name: 5, text: CSV },
  ])('says of the source %o what one is, to upload, plan and checkInput alike', async (given) => {
    const { uploader } = setUp();
    const ways = [uploader.upload, uploader.plan, (each: UploadSource) => checkInput(each)];
    for (const way of ways) {
      const error = await way(given as never).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'options-invalid' });
      expect(String(error)).toContain('The input is a path, { name, text }');
    }
  });

  it.each(['ftp://x', 'http://user:pw@host', 'http://host/path', 'host'])('refuses the endpoint %s', (endpoint) => {
    expect(() => createUploader({ endpoint, client: 'acme' })).toThrow(
      expect.objectContaining({ code: 'options-invalid' }),
    );
  });

  it('sends nothing at all when a row is faulty', async () => {
    const { uploader, transport } = setUp();
    const result = await uploader.upload(source(`${CSV}b/4,x,y\n`));
    expect(result).toMatchObject({ kind: 'input-refused', rows: 4, problems: { count: 1 } });
    expect(result.problems.first[0]).toMatchObject({
      code: 'id-characters',
      line: 5,
      column: 1,
      rule: 'key-3rd-chars',
    });
    expect(transport.sent).toEqual([]);
  });

  it('leaves faulty rows out where that is asked for, and counts them', async () => {
    const { uploader, transport } = setUp(willingService, { onProblem: 'skip' });
    const report = reportOf(await uploader.upload(source(`${CSV}b/4,x,y\na5,Bern,1\n`)));
    expect(report.skippedRows).toBe(1);
    expect(report.problems.count).toBe(1);
    expect(transport.sent[0]!.body).not.toContain('b%2F4');
    expect(report.total.submitted).toBe(4);
  });

  it('plans without sending', async () => {
    const { uploader, transport } = setUp(willingService, { callsPerMinute: 2, partRowsMax: 1 });
    const plan = await uploader.plan(source(CSV));
    expect(plan).toMatchObject({ kind: 'plan', rows: 3, minutesAtPace: 2, idKind: 'thirdPartyId', delimiter: ',' });
    expect(plan.kind === 'plan' && plan.sample[1]).toBe('a1,Z%C3%BCrich,gold');
    expect(plan.kind === 'plan' && plan.parts.map((part) => part.rows)).toEqual([1, 1, 1]);
    expect(transport.sent).toEqual([]);
  });

  it('spools a stream that can be read once only where nobody can see it', async () => {
    const { uploader, transport } = setUp();
    const seen: string[][] = [];
    const onProgress = ({ kind }: Progress) => {
      if (kind === 'planned') seen.push(readdirSync(temporaryDirectory));
    };
    const report = reportOf(await uploader.upload({ name: 'stdin', chunks: chunksOf(CSV, 7) }, { onProgress }));
    expect(report.plan.input).toBe('stdin');
    expect(transport.sent[0]!.body).toContain('a1,Z%C3%BCrich,gold');
    expect(seen).toEqual([[]]);
  });

  it('stops at the first part that is refused and says where to go on', async () => {
    const { uploader, transport } = setUp(
      (sent, index) => (index === 1 ? { text: submitRejected('no more') } : willingService(sent)),
      { partRowsMax: 1 },
    );
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report.parts.map((part) => part.state)).toEqual(['done', 'failed', 'not-sent']);
    expect(report).toMatchObject({ state: 'failed', openParts: [2, 3], error: { code: 'refused', retryable: false } });
    expect(transport.sent.filter((sent) => sent.init.method === 'POST')).toHaveLength(2);
  });

  it('sends chosen parts alone, the same bytes as the whole upload would', async () => {
    const whole = setUp(willingService, { partRowsMax: 1 });
    await whole.uploader.upload(source(CSV));
    const rest = setUp(willingService, { partRowsMax: 1, onlyPart: [3] });
    const report = reportOf(await rest.uploader.upload(source(CSV)));
    expect(report.parts.map((part) => part.state)).toEqual(['skipped', 'skipped', 'done']);
    expect(rest.transport.sent[0]!.body).toBe(whole.transport.sent[2]!.body);
  });

  it('does not wait when told so, and lists the open links', async () => {
    const { uploader, transport } = setUp(willingService, { wait: false });
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report).toMatchObject({ state: 'submitted', openLinks: [link('b-3')] });
    expect(transport.sent).toHaveLength(1);
  });

  it('lim-calls-min: spends submissions and status requests from one budget', async () => {
    const { uploader, transport } = setUp(willingService, { partRowsMax: 1, callsPerMinute: 2 });
    await uploader.upload(source(CSV));
    const times = transport.sent.map((sent) => sent.atMs);
    expect(times).toHaveLength(6);
    for (const [index, atMs] of times.entries()) {
      if (index >= 2) expect(atMs - times[index - 2]!).toBeGreaterThanOrEqual(60_000);
    }
  });

  it('err-rate-503: closes the window for a minute for everything, then sends again', async () => {
    const { uploader, transport } = setUp((sent, index) => (index === 0 ? { status: 503 } : willingService(sent)));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report.state).toBe('done');
    expect(transport.sent[1]!.atMs - transport.sent[0]!.atMs).toBeGreaterThanOrEqual(60_000);
    expect(report.parts[0]).toMatchObject({ attempts: 2, ambiguousAttempts: 0 });
    expect(report.maybeTwice).toBe(false);
  });

  it('sends again after a lost answer, and says that the part may have been applied twice', async () => {
    const { uploader, transport } = setUp((sent, index) =>
      index === 0 ? Promise.reject(new Error('socket hang up')) : willingService(sent),
    );
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report).toMatchObject({ state: 'done', maybeTwice: true });
    expect(transport.sent[1]!.body).toBe(transport.sent[0]!.body);
  });

  it('gives up when the service is out for too long, leaving the door open', async () => {
    const { uploader, transport, clock } = setUp(() => ({ status: 500 }), { outageMax: '20s' });
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(5);
    expect(clock.now()).toBeLessThanOrEqual(20_000);
    expect(report).toMatchObject({ state: 'failed', openParts: [1], error: { code: 'server-error', retryable: true } });
    expect(report.parts[0]!.attempts).toBe(5);
  });

  it('outlives 50 minutes without a service on a real host, and 15 seconds elsewhere', async () => {
    const out = (ms: number, options: Partial<UploaderOptions>) => {
      const run = setUp((sent) => (sent.atMs < ms ? { status: 502 } : { text: submitAccepted(link('b-3')) }), {
        wait: false,
        ...options,
      });
      return run.uploader.upload(source(CSV)).then(reportOf);
    };
    const real = { endpoint: 'https://acme.tt.omtrdc.net', production: true };
    expect((await out(50 * 60_000, real)).state).toBe('submitted');
    expect((await out(70 * 60_000, real)).state).toBe('failed');
    expect((await out(10_000, {})).state).toBe('submitted');
    expect((await out(30_000, {})).state).toBe('failed');
  });

  it.each([429, 503])('leaves the account alone for as long as a %i asks', async (status) => {
    const { uploader, transport } = setUp((sent, index) =>
      index === 0 ? { status, retryAfter: '90' } : willingService(sent),
    );
    expect(reportOf(await uploader.upload(source(CSV)))).toMatchObject({ state: 'done', maybeTwice: false });
    expect(transport.sent[1]!.atMs).toBeGreaterThanOrEqual(90_000);
    expect(transport.sent[1]!.atMs).toBeLessThan(100_000);
  });

  it.each([408, 425, 500, 502, 504])('sends again after a %i', async (status) => {
    const { uploader } = setUp((sent, index) => (index === 0 ? { status } : willingService(sent)));
    expect(reportOf(await uploader.upload(source(CSV)))).toMatchObject({ state: 'done', parts: [{ attempts: 2 }] });
  });

  it.each(['', '<response><success>tr', '<?xml version="1.0"?><response><success>true</success><batchStatus>http'])(
    'sends again after an answer that broke off as %j, and says that the part may be there twice',
    async (text) => {
      const { uploader } = setUp((sent, index) => (index === 0 ? { text } : willingService(sent)));
      const report = reportOf(await uploader.upload(source(CSV)));
      expect(report).toMatchObject({ state: 'done', maybeTwice: true, parts: [{ attempts: 2 }] });
    },
  );

  it('ends at once where nobody listens, and goes on where somebody did', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const first = setUp(() => Promise.reject(refused));
    const report = reportOf(await first.uploader.upload(source(CSV)));
    expect(first.transport.sent).toHaveLength(1);
    expect(report.error).toMatchObject({ code: 'network', retryable: true, systemCode: 'ECONNREFUSED' });
    const later = setUp((sent, index) => (index === 1 ? Promise.reject(refused) : willingService(sent)), {
      partRowsMax: 1,
    });
    expect(reportOf(await later.uploader.upload(source(CSV)))).toMatchObject({ state: 'done' });
  });

  it('does not call a certificate that is not trusted temporary, and names what helps', async () => {
    const cause = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const { uploader, transport } = setUp(() => Promise.reject(cause));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(1);
    expect(report.error).toMatchObject({ code: 'untrusted', retryable: false });
    expect(report.error!.message).toContain('self-signed certificate. Name its authority by --ca');
  });

  it.each([401, 403])('says of a %i whether a token was sent, and never which', async (status) => {
    const messageOf = async (options: Partial<UploaderOptions>) =>
      reportOf(await setUp(() => ({ status }), options).uploader.upload(source(CSV))).error!.message;
    expect(await messageOf({})).toContain('No token was sent: put one into TPE_TOKEN');
    const sent = await messageOf({ token: 'secret' });
    expect(sent).toContain('The token was sent and not accepted');
    expect(sent).not.toContain('secret');
  });

  it('has errors that survive JSON with their message', async () => {
    const { uploader } = setUp(() => ({ status: 403 }));
    const told = JSON.parse(JSON.stringify(await uploader.upload(source(CSV)))) as UploadReport;
    expect(told.error).toMatchObject({ code: 'refused', status: 403, message: expect.stringContaining('403') });
  });

  it('ep-status-v2-legacy: follows a link whose & stands as older documents print it', async () => {
    const { uploader, transport } = setUp((sent) =>
      sent.init.method === 'POST'
        ? { text: submitAccepted('LINK').replace('LINK', `${link('b-3')}&m2Node=00`) }
        : { text: complete(3, 3) },
    );
    expect(reportOf(await uploader.upload(source(CSV))).state).toBe('done');
    expect(transport.sent[1]!.url).toBe(`${link('b-3')}&m2Node=00&showDetails=true`);
  });

  it('does not believe a status of another batch', async () => {
    const { uploader } = setUp((sent) =>
      sent.init.method === 'POST' ? willingService(sent) : { text: complete(3, 3).replace('>b<', '>other<') },
    );
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report).toMatchObject({ state: 'timed-out', error: { code: 'reply-unreadable' } });
    expect(report.error!.message).toContain('another batch');
  });

  it('does not follow a link to a batch of another client code', async () => {
    const { uploader } = setUp(() => ({ text: submitAccepted(link('b').replace('/acme/', '/globex/')) }));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report).toMatchObject({ state: 'timed-out', error: { code: 'link-refused' } });
  });

  it.each([
    [complete(2, 2), true],
    [complete(3, 2), false],
    [complete(1, 1), true],
    [complete(4, 4), true],
    [complete(3, 4), true],
  ])('our-empty-only-counters: holds the sizes of %s against what was sent', async (text, isOff) => {
    const rows = 'thirdPartyId,city\na1,x\na2,y\na3,\n';
    const { uploader } = setUp((sent) => (sent.init.method === 'POST' ? willingService(sent) : { text }));
    const report = reportOf(await uploader.upload(source(rows)));
    // The row without values may or may not be counted.
    const isSmall = text === complete(2, 2);
    expect(report.state).toBe(isOff && !isSmall ? 'rejected-rows' : 'done');
    expect(report.parts[0]!.discrepancy !== undefined).toBe(isOff && !isSmall);
  });

  it('res-row-2017, res-row-2020-after: keeps the ids of failed rows, and counts them', async () => {
    const rows = (word: string) =>
      `<profile><id>a1</id><status>${word}</status></profile><profile><id>a/2</id><status>${word}</status></profile>`;
    const shapes = {
      2017: `<response><batchId>b</batchId>${rows('error')}<profile><id>a3</id><status>success</status></profile></response>`,
      2020: complete(3, 1, 0, 2).replace('</response>', `${rows('failed')}</response>`),
    };
    for (const text of Object.values(shapes)) {
      const { uploader } = setUp((sent) => (sent.init.method === 'POST' ? willingService(sent) : { text }));
      const report = reportOf(await uploader.upload(source('thirdPartyId,city\na1,x\na2,y\na3,z\n')));
      expect(report).toMatchObject({ state: 'rejected-rows', total: { updated: 1, failed: 2, unaccounted: 0 } });
      expect(report.parts[0]!.failedIds).toEqual(['a1', 'a/2']);
    }
  });

  it('refuses a client code that is not that of the host, unless that is meant', async () => {
    const options = { endpoint: 'https://globex.tt.omtrdc.net', production: true, wait: false };
    expect(() => setUp(willingService, options)).toThrow(/is the host of globex, not of acme/);
    expect(() => setUp(willingService, { ...options, clientDiffers: true })).not.toThrow();
    expect(() => setUp(willingService, { ...options, endpoint: 'https://ACME.tt.omtrdc.net' })).not.toThrow();
    expect(() => setUp(willingService, { ...options, endpoint: 'https://mboxedge28.tt.omtrdc.net' })).not.toThrow();
  });

  it('lim-calls-min: shares one budget between the uploads of one object', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => `v${index},x\n`).join('');
    const { uploader, transport } = setUp(willingService, { partRowsMax: 1, wait: false, callsPerMinute: 50 });
    const upload = () => uploader.upload(source(`thirdPartyId,a\n${rows}`));
    await Promise.all([upload(), upload()]);
    expect(transport.sent.filter(({ atMs }) => atMs < 60_000).length).toBeLessThanOrEqual(50);
    expect(transport.sent).toHaveLength(60);
    expect(transport.sent.at(-1)!.atMs).toBeGreaterThanOrEqual(60_000);
  });

  it('lim-calls-min: leaves four fifths of the calls to what is still to be sent', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => `v${index},x\n`).join('');
    const slow = (sent: Sent) =>
      sent.init.method === 'POST' ? willingService(sent) : { text: complete(1, sent.atMs < 1_200_000 ? 0 : 1) };
    const { uploader, transport } = setUp(slow, { partRowsMax: 1, callsPerMinute: 50, deadlineMs: 86_400_000 });
    expect(reportOf(await uploader.upload(source(`thirdPartyId,a\n${rows}`))).state).toBe('rejected-rows');
    const asked = transport.sent.filter(({ init }) => init.method === 'GET').map(({ atMs }) => atMs);
    expect(asked.length).toBeGreaterThanOrEqual(200);
    for (const [index, atMs] of asked.entries()) {
      const tenBefore = asked[index - 10];
      if (tenBefore !== undefined) expect(atMs - tenBefore).toBeGreaterThanOrEqual(60_000);
    }
  });

  it('fetches some of the profiles afterwards, and tells which are not there or not what was sent', async () => {
    const values: Record<string, unknown> = { a1: { city: { value: 'Bern' } }, a2: { city: { value: 'Rom' } } };
    const { uploader, transport } = setUp(
      (sent) => {
        const id = /thirdPartyId\/([^?]+)\?client=acme$/.exec(sent.url)?.[1];
        if (id === undefined) return willingService(sent);
        return values[id] === undefined ? { status: 404 } : { text: JSON.stringify({ profileAttributes: values[id] }) };
      },
      { verify: 100 },
    );
    const report = reportOf(await uploader.upload(source('thirdPartyId,city\na1,Bern\na2,Basel\na3,Genf\na4,\n')));
    expect(report.verification).toEqual({ fetched: 2, missing: ['a3'], different: ['a2'], unknown: 0 });
    expect(transport.sent.filter(({ url }) => url.includes('/rest/v1/profiles/'))).toHaveLength(3);
  });

  it('does not send a part again and again to get an answer that is no answer of this API', async () => {
    const { uploader, transport } = setUp(() => ({ text: 'x'.repeat(1024 * 1024 + 1) }));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(1);
    expect(report).toMatchObject({ state: 'failed', error: { code: 'reply-unreadable', retryable: false } });
    expect(report.parts[0]).toMatchObject({ ambiguousAttempts: 1 });
  });

  it('takes the word of a transport that knows why a call can never be made', async () => {
    const { uploader, transport } = setUp(() => Promise.reject(new UploadError('options-invalid', 'Not there.')));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(1);
    expect(report).toMatchObject({ state: 'failed', error: { code: 'options-invalid', message: 'Not there.' } });
  });

  it.each([400, 403, 404, 413, 501, 302])('does not repeat after a %i', async (status) => {
    const { uploader, transport } = setUp(() => ({ status }));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(1);
    expect(report.error).toMatchObject({ code: 'refused', retryable: false, status });
  });

  it('does not take a foreign page for an answer', async () => {
    const { uploader, transport } = setUp(() => ({ text: '<html>welcome</html>' }));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(1);
    expect(report.error).toMatchObject({ code: 'reply-unreadable' });
    expect(report.parts[0]).toMatchObject({ state: 'failed', ambiguousAttempts: 1 });
  });

  it('does not follow a link to a stranger, nor does it show its token or call the part refused', async () => {
    const { uploader, transport } = setUp(() => ({ text: submitAccepted('http://evil.example/?a=1') }), { token: 't' });
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(transport.sent).toHaveLength(1);
    expect(report).toMatchObject({ state: 'timed-out', openParts: [1], error: { code: 'link-refused' } });
    // It is told, but following it is not offered: that would hand the token over after all.
    expect(report.parts[0]!.link).toBe('http://evil.example/?a=1');
    expect(report.openLinks).toEqual([]);
  });

  it('never repeats a link that could write to a terminal', async () => {
    const { uploader } = setUp(() => ({ text: submitAccepted('http://127.0.0.1:9999/?\u001b[2J') }));
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report).toMatchObject({ state: 'timed-out', openLinks: [] });
  });

  it('st-terminal: a failing status request never revokes the submission', async () => {
    const { uploader, clock } = setUp(
      (sent) => (sent.init.method === 'POST' ? willingService(sent) : { status: 500 }),
      { deadlineMs: 60_000 },
    );
    const report = reportOf(await uploader.upload(source(CSV)));
    expect(report).toMatchObject({ state: 'timed-out', openLinks: [link('b-3')] });
    expect(clock.now()).toBeLessThanOrEqual(61_000);
  });

  it('st-values: stuck is an end', async () => {
    const { uploader } = setUp((sent) =>
      sent.init.method === 'POST' ? willingService(sent) : { text: complete(3, 1, 0, 0, 'stuck') },
    );
    expect(reportOf(await uploader.upload(source(CSV)))).toMatchObject({ state: 'stuck', openLinks: [] });
  });

  it('keeps asking while the batch is incomplete, ever more rarely', async () => {
    const { uploader, clock } = setUp((sent, index) =>
      index === 0
        ? willingService(sent)
        : { text: complete(3, index < 6 ? 0 : 3, 0, 0, index < 6 ? 'incomplete' : 'complete') },
    );
    expect(reportOf(await uploader.upload(source(CSV))).state).toBe('done');
    expect(clock.sleeps).toHaveLength(6);
    expect(clock.sleeps).toEqual(clock.sleeps.toSorted((a, b) => a - b));
  });

  it('an interruption while waiting keeps the links and leaves no file', async () => {
    const abort = new AbortController();
    const { uploader } = setUp((sent) => {
      if (sent.init.method === 'GET') abort.abort();
      return sent.init.method === 'POST' ? willingService(sent) : { text: complete(3, 0, 0, 0, 'incomplete') };
    });
    const report = reportOf(await uploader.upload(source(CSV), { signal: abort.signal }));
    expect(report).toMatchObject({ state: 'interrupted', openLinks: [link('b-3')] });
  });

  it('an interruption between parts says what was sent and where to go on', async () => {
    const abort = new AbortController();
    const { uploader } = setUp(
      (sent, index) => {
        if (index === 1) abort.abort();
        return index === 1 ? Promise.reject(new Error('aborted')) : willingService(sent);
      },
      { partRowsMax: 1 },
    );
    const report = reportOf(await uploader.upload(source(CSV), { signal: abort.signal }));
    expect(report.parts.map((part) => part.state)).toEqual(['interrupted', 'interrupted', 'not-sent']);
    expect(report).toMatchObject({ state: 'interrupted', openParts: [1, 2, 3], openLinks: [link('b-1')] });
  });

  it('an interruption while the next attempt waits for its turn counts the attempts that were made', async () => {
    const abort = new AbortController();
    const { uploader, transport } = setUp((_, index) => {
      if (index === 1) abort.abort();
      return { status: 503 };
    });
    const report = reportOf(await uploader.upload(source(CSV), { signal: abort.signal }));
    expect(report.parts).toMatchObject([{ state: 'interrupted', accepted: false, ambiguousAttempts: 0 }]);
    expect(report.parts[0]?.attempts).toBe(transport.sent.length);
    expect(report).toMatchObject({ state: 'interrupted', openParts: [1], openLinks: [], maybeTwice: false });
  });

  it('an interruption before anything was sent rejects, even while standard input is silent', async () => {
    const abort = new AbortController();
    const { uploader, transport } = setUp();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('thirdPartyId,city\n');
      queueMicrotask(() => abort.abort());
      await new Promise(() => undefined);
    }
    const run = uploader.upload({ name: 'stdin', chunks: silent() }, { signal: abort.signal });
    await expect(run).rejects.toMatchObject({ code: 'interrupted' });
    expect(transport.sent).toEqual([]);
  });

  it.each([
    ['an iterable', { chunks: chunksOf(CSV) }],
    ['what can be opened', { open: () => chunksOf(CSV) }],
  ])('reads %s once, also where it makes several parts and one visitor must be counted alone', async (_, given) => {
    let opened = 0;
    const once = 'open' in given ? { open: () => (opened++ === 0 ? given.open() : chunksOf('')) } : given;
    const { uploader, transport } = setUp(willingService, { partRowsMax: 1 });
    const report = reportOf(await uploader.upload({ name: 'x.csv', ...once }));
    expect(report).toMatchObject({ state: 'done', total: { updated: 3 } });
    expect(report.parts).toHaveLength(3);
    expect(
      transport.sent
        .map(({ body }) => body.split('\n')[1])
        .filter(Boolean)
        .toSorted(),
    ).toEqual(['a1,Z%C3%BCrich,gold', 'a2,Bern%2C%20CH', 'a3']);
    expect(opened).toBe('open' in given ? 1 : 0);
  });

  it('rows of a later file that has few of the columns arrive whole, however many of them there are', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `c${index}`);
    const wide = `thirdPartyId,${names.join(',')}\nx,${names.join(',')}\n`;
    const narrow = `thirdPartyId,late\n${Array.from({ length: 30_000 }, (_, index) => `y${index},v${index}\n`).join('')}`;
    const { uploader, transport } = setUp();
    const report = reportOf(await uploader.upload([wide, narrow].map((text) => ({ name: 'x.csv', text }))));
    expect(report).toMatchObject({ state: 'done', total: { updated: 30_001 } });
    const [, , ...rows] = transport.sent[0]!.body.trimEnd().split('\n');
    expect(rows).toEqual(Array.from({ length: 30_000 }, (_, index) => `y${index}${','.repeat(101)}v${index}`));
  });

  it('a plan reads again where one visitor has more rows than a part, and comes to the same parts as an upload', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => `v${index % 10},x${index}\n`).join('');
    for (const given of [
      { chunks: chunksOf(`thirdPartyId,a\n${rows}`) },
      { open: () => chunksOf(`thirdPartyId,a\n${rows}`) },
    ]) {
      const { uploader } = setUp(willingService, { partRowsMax: 3 });
      const plan = await uploader.plan({ name: 'x.csv', ...given });
      const report = reportOf(await uploader.upload(source(`thirdPartyId,a\n${rows}`)));
      expect(plan).toMatchObject({ kind: 'plan', parts: report.plan.parts });
      expect(report.plan.parts).toHaveLength(10);
    }
  });

  it('reads once what fits into one part, and sends it again as it was judged', async () => {
    let opened = 0;
    const rows = Array.from({ length: 30_000 }, (_, index) => `visitor-${index},${'city '.repeat(10)}\n`);
    const text = `thirdPartyId,city\n${rows.join('')}`;
    const once = { name: 'x.csv', open: () => (opened++ === 0 ? chunksOf(text) : chunksOf('')) };
    const { uploader, transport } = setUp((sent, index) => (index === 0 ? { status: 500 } : willingService(sent)));
    expect(reportOf(await uploader.upload(once))).toMatchObject({ state: 'done', total: { updated: 30_000 } });
    expect(opened).toBe(1);
    const [first, second] = transport.sent;
    expect(first!.body).toBe(second!.body);
    expect(first!.init.headers['content-length']).toBe(String(first!.body.length));
  });

  it('sends nothing where there is no room for the temporary file, and needs none for a small input', async () => {
    const nowhere = { temporaryDirectory: join(temporaryDirectory, 'none') };
    const large = setUp(willingService, nowhere);
    const rows = Array.from({ length: 30_000 }, (_, index) => `visitor-${index},${'city '.repeat(10)}\n`);
    const upload = large.uploader.upload(source(`thirdPartyId,city\n${rows.join('')}`));
    await expect(upload).rejects.toMatchObject({ code: 'spool-unusable' });
    expect(large.transport.sent).toEqual([]);
    const small = setUp(willingService, nowhere);
    expect(reportOf(await small.uploader.upload(source(CSV)))).toMatchObject({ state: 'done' });
  });

  it('an interruption while the input is judged leaves no file', async () => {
    const abort = new AbortController();
    const { uploader, transport } = setUp();
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('thirdPartyId,city\n');
      for (let index = 0; ; index += 1) yield Buffer.from(`visitor-${index},${'x'.repeat(65_536)}\n`);
    }
    const onProgress = (progress: Progress) => {
      if (progress.kind === 'reading' && progress.bytes > 4_000_000) abort.abort();
    };
    const run = uploader.upload({ name: 'x.csv', open: endless }, { signal: abort.signal, onProgress });
    await expect(run).rejects.toMatchObject({ code: 'interrupted' });
    expect(transport.sent).toEqual([]);
  });

  it('notices that a file grew while it was judged, and sends nothing', async () => {
    const path = join(temporaryDirectory, 'growing.csv');
    await writeFile(path, CSV + 'a8,many\n'.repeat(40_000));
    const { uploader, transport } = setUp();
    let grown = 0;
    const onProgress = ({ kind }: Progress) => {
      if (kind === 'reading' && grown++ === 0) appendFileSync(path, 'a9,more\n');
    };
    await expect(uploader.upload(path, { onProgress })).rejects.toMatchObject({ code: 'input-changed' });
    expect(transport.sent).toEqual([]);
    await rm(path);
  });

  it('rejects for a file that is not there', async () => {
    const { uploader } = setUp();
    await expect(uploader.upload(join(temporaryDirectory, 'none.csv'))).rejects.toMatchObject({
      code: 'input-unreadable',
    });
    await expect(uploader.upload(temporaryDirectory)).rejects.toMatchObject({ code: 'input-unreadable' });
  });
});
