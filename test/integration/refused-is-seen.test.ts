/** What was refused is seen: an event for the log, a header that helps, and the right path where a wrong one was asked. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions, RefusedRequest } from '../../src/server/index.ts';
import { DOCUMENTED_SAMPLE, getJson, openEmulator, hears, rawSocket, send } from './support.ts';

async function listening(options: EmulatorOptions = {}) {
  const told: RefusedRequest[] = [];
  const emulator = await openEmulator(options, { on: { refused: (request) => told.push(request) } });
  return { emulator, told, submit: `${emulator.url}/m2/demo/v2/profile/batchUpdate` };
}

describe('a body that is no batch', () => {
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
  it.each([
    ['--x\r\nContent-Disposition: form-data; name="file"\r\n', 'multipart form', multipart],
    ['{"rows": []}', 'looks like JSON', {}],
    ['<html>', 'looks like XML', {}],
    [Buffer.from('\uFEFFbatch=pcId,a\n1,x', 'utf16le'), 'looks like UTF-16', {}],
    [Buffer.from('batch=pcId,a\n1,x', 'utf16le'), 'looks like UTF-16', {}],
    [gzipSync('batch=pcId,a\n1,x'), 'looks like gzip', {}],
    ['PK\u0003\u0004....', 'zip or .xlsx', {}],
    ['batch%3DpcId%2Ca%0A1%2Cx', 'at the very start', {}],
    ['batch=pcId%2Ca%0A1%2Cx', '--body form', {}],
    ['token=1&batch=pcId%2Ca', 'at the very start', {}],
    ['batch=&batch=pcId,a', 'at the very start', {}],
    ['thirdPartyId,a\n1,x', 'put batch= before it', {}],
    ['\nbatch=pcId,a\n1,x', 'white space', {}],
    ['', 'The body is empty', {}],
    ['what?', 'has to begin with batch=', {}],
  ] as const)('body-ctype-form: %j is described by what it looks like', async (body, words, headers) => {
    const { emulator, told, submit } = await listening();
    const reply = await send(submit, { body, headers, method: 'POST' });
    expect(reply.text).toContain('<success>false</success>');
    expect(reply.headers['x-emulator-hint']).toContain(words);
    expect(told[0]?.reason, 'sentences, each with its end').toMatch(/^[A-Z][^.]*\. [^]*\.$/);
    expect(told).toMatchObject([
      { method: 'POST', client: 'demo', status: 200, reason: expect.stringContaining(words) as string },
    ]);
    // Two sentences: the API's words, which end without a full stop, and what to do.
    expect(told[0]!.reason).toMatch(/^(?:Batch is empty|The first column .*thirdPartyId)\. [A-Z]/);
    expect(emulator.batches()).toEqual([]);
  });

  it('body-batch-prefix, our-body-reading: is sent to the other reading only where that takes it, and never to the one in force', async () => {
    for (const body of [
      'batch%3DpcId%2Ca%0A1%2Cx',
      'batch=pcId%2Ca%0A1%2Cx',
      'token=1&batch=pcId,a',
      'batch=&batch=pcId,a',
    ]) {
      const hints = [];
      for (const reading of ['raw', 'form'] as const) {
        const { submit } = await listening({ body: reading });
        hints.push((await send(submit, { body })).headers['x-emulator-hint']);
      }
      const [inRaw, inForm] = hints;
      expect(String(inRaw).includes('--body form'), body).toBe(inForm === undefined);
      expect(String(inForm)).not.toContain('--body form');
    }
  });

  it.each([
    ['submit', 'v2/profile/batchUpdate', 'batch=pcId,a\n1,x', 'Content-Type'],
    ['mbox', 'mbox/json', 'mbox=h&mboxSession=s&a=1&batch=2&mboxSession=', 'undefined'],
  ])('is not described where it was not read, or where it is none: %s', async (_, path, body, hint) => {
    const { emulator } = await listening({ contentTypes: 'form' });
    const reply = await send(`${emulator.url}/m2/demo/${path}`, { method: 'POST', body: Buffer.from(body) });
    expect(String(reply.headers['x-emulator-hint'])).toContain(hint);
  });

  it('is called empty where it is announced and nothing comes', async () => {
    const { submit } = await listening();
    const headers = { 'transfer-encoding': 'chunked' };
    const reply = await send(submit, { method: 'POST', headers });
    expect(reply.headers['x-emulator-hint']).toContain('The body is empty');
  });

  it('stands in the journal by its content type and its beginning, masked unless values are wanted', async () => {
    const body = '{"mail": "jane@example.com"}\nsecond line';
    for (const [journalValues, bodyStart] of [
      [false, '{"xxxx": "xxxx@xxxxxxx.xxx"}'],
      [true, '{"mail": "jane@example.com"}'],
    ] as const) {
      const { emulator, submit } = await listening({ journalValues });
      await send(submit, { body, headers: { 'content-type': 'application/json' } });
      await send(submit, { body: DOCUMENTED_SAMPLE, headers: { 'content-type': 'text/plain' } });
      const [refused, taken] = emulator.journal.read().entries;
      expect(refused).toMatchObject({ contentType: 'application/json', bodyStart });
      expect(taken).not.toHaveProperty('bodyStart');
      const { entries } = (await getJson(`${emulator.url}/__emulator/journal`)) as { entries: object[] };
      expect(entries[0]).toMatchObject({ contentType: 'application/json', bodyStart });
    }
  });

  it('stands there of what may be a batch or an update alone: a Delivery call begins with who it is about', async () => {
    const { emulator } = await listening({ journalValues: true });
    const body = '{"id":{"thirdPartyId":"jane@example.com"},"no":1';
    await send(`${emulator.url}/rest/v1/delivery?client=demo&sessionId=a`, { body, method: 'POST' });
    expect(emulator.journal.read().entries).toEqual([expect.objectContaining({ operation: 'delivery', status: 400 })]);
    expect(JSON.stringify(emulator.journal.read())).not.toContain('jane');
  });

  it('says nothing of what is in it', async () => {
    const { told, submit } = await listening();
    await send(submit, { body: 'jane.doe@example.com,1979-01-01\n' });
    expect(JSON.stringify(told)).not.toMatch(/jane|1979/);
  });
});

describe('a line is told', () => {
  it.each([
    ['/m2/demo/v2/profile/batchUpdate', { method: 'GET' }, 405, 'with POST'],
    ['/m2/demo/profile/batchStatus', { method: 'DELETE' }, 405, 'takes GET, and not DELETE'],
    ['/m2/demo/profile/update', { method: 'PUT', body: '' }, 405, 'GET or POST'],
    ['/rest/v1/profiles/1?client=demo', { method: 'POST', body: '' }, 405, 'takes GET'],
    ['/rest/v1/delivery?client=demo', { method: 'GET' }, 405, 'takes POST'],
    ['/rest/v2/batchmbox?client=demo', { body: '{}' }, 501, 'an older call'],
    ['/m2/demo/ubox/raw?mbox=x', {}, 501, 'an older call'],
    [
      '/m2/demo/v2/profile/batchUpdate/',
      { body: DOCUMENTED_SAMPLE },
      404,
      'did you mean /m2/demo/v2/profile/batchUpdate?',
    ],
    ['/m2/demo/v1/profile/batchUpdate', { body: '' }, 404, 'did you mean /m2/demo/profile/batchUpdate?'],
    ['/m2/demo/v2/profile/batchupdate', { body: '' }, 404, 'did you mean /m2/demo/v2/profile/batchUpdate?'],
    ['//m2/demo//profile/batchStatus', {}, 404, 'did you mean /m2/demo/profile/batchStatus?'],
    ['/nowhere', {}, 404, 'GET /*** is not emulated'],
    ['/rest/v1/profiles/1?client=demo', {}, 404, ''],
    ['/m2/demo/profile/batchStatus?batchId=no', {}, 404, 'kept for 24 hours'],
    ['/m2/demo/profile/batchStatus', {}, 404, 'names no batch'],
    ['/m2/demo/profile/batchStatus?batchid=no', {}, 404, 'names no batch'],
  ] as const)('of %s %j', async (path, sent, status, words) => {
    const { emulator, told } = await listening();
    const reply = await send(`${emulator.url}${path}`, sent);
    expect(reply.status).toBe(status);
    if (status === 405) expect(reply.headers.allow).toMatch(/GET|POST/);
    // our-content-type: a call is refused by a rule in the API's form, what is no call by ourselves in ours.
    const isOwn = reply.text.includes('"error":{"code":');
    expect([
      /^\w+/.exec(String(reply.headers['x-emulator-cause'] ?? 'none'))?.[0],
      reply.headers['content-type'],
    ]).toEqual([
      isOwn ? (status === 501 ? 'emulator' : 'none') : 'rule',
      path.startsWith('/m2') && !isOwn ? 'text/xml;charset=UTF-8' : 'application/json;charset=UTF-8',
    ]);
    expect(isOwn).toBe(
      status !== 404 ? !path.includes('batchUpdate') : !/profiles|^\/m2\/demo\/profile\/batchStatus/.test(path),
    );
    expect(told).toMatchObject([{ status, reason: expect.stringContaining(words) as string }]);
    expect(told[0]!.reason.length).toBeGreaterThan(10);
    expect(emulator.clients()).toEqual([]);
  });

  it.each([
    [{ mode: 'strict' }, {}, 'tpe serve --profiles FILE'],
    [{ unknownClients: 'refuse' }, {}, '--unknown-clients create'],
    [{}, { headers: { host: 'other.tt.omtrdc.net' } }, '--client-mismatch host-wins'],
    [{}, { headers: { 'content-encoding': 'gzip' } }, 'without Content-Encoding'],
    [{ authentication: 'required' }, {}, 'POST /__emulator/clients/CLIENT/token'],
  ] as const)('of a refusal under %j of %j, with what to type', async (options, sent, words) => {
    const { told, submit } = await listening(options);
    const reply = await send(submit, { body: DOCUMENTED_SAMPLE, ...sent });
    expect(reply.headers['x-emulator-hint']).toContain(words);
    expect(told).toMatchObject([{ reason: expect.stringContaining(words) as string }]);
  });

  it('of a foreign host, a fault, a single update and an upload that was cut, and of nothing that went well', async () => {
    const { emulator, told, submit } = await listening();
    await send(submit, { body: DOCUMENTED_SAMPLE });
    expect(told).toEqual([]);
    await send(submit, { body: DOCUMENTED_SAMPLE, headers: { host: 'evil.example' } });
    await send(`${emulator.url}/m2/demo/profile/update?mboxPC=1&profile.email=jane@example.com`);
    emulator.faults.set({ status: { code: 503, times: 1 } });
    await send(submit, { body: DOCUMENTED_SAMPLE });
    const raw = rawSocket(emulator.port);
    raw.socket.end(
      'POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nbatch=pcId,a\n1,',
    );
    await raw.heard;
    expect(told).toMatchObject([
      { status: 403, reason: expect.stringContaining('--allow-host evil.example') as string },
      { status: 200, target: '/m2/demo/profile/update', reason: expect.stringContaining('single update') as string },
      { status: 503, cause: 'fault/status', reason: 'On purpose: fault status.' },
      { status: undefined, reason: expect.stringContaining('ended before') as string },
    ]);
    expect(JSON.stringify(told)).not.toContain('jane');
  });

  it.each([
    ['no Host', 'GET /m2/demo/x HTTP/1.1\r\n\r\n', 400, 'Missing host header'],
    ['no Host, with a whole URL', 'GET http://localhost/rest HTTP/1.1\r\n\r\n', 400, 'Missing host header'],
    ['an empty Host', 'GET /rest HTTP/1.1\r\nHost:\r\n\r\n', 400, 'Missing host header'],
    ['two of them', 'GET /rest HTTP/1.1\r\nHost: localhost\r\nHost: a\r\n\r\n', 400, 'More than one Host'],
    ['a Host that is none', 'GET /rest HTTP/1.1\r\nHost: a/b\r\n\r\n', 400, 'Invalid host header'],
    ['a backslash', 'GET /m2\\demo HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'Backslash'],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'Invalid URL'],
    ['another scheme', 'GET ftp://demo.tt.omtrdc.net/jane HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'Invalid URL'],
    ['another expectation', 'GET /rest HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\n\r\n', 417, '100-continue'],
  ])('of a request with %s, in the journal too', async (_, request, status, words) => {
    const { emulator, told } = await listening();
    const raw = rawSocket(emulator.port);
    raw.socket.write(request);
    expect(await raw.heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*${words}`));
    expect(told).toMatchObject([{ status, reason: expect.stringContaining(words) as string }]);
    expect(emulator.journal.read().entries).toMatchObject([{ kind: 'request', status }]);
    expect(JSON.stringify([told, emulator.journal.read()])).not.toContain('jane');
  });

  it.each([['TOKEN'], ['Token abc'], ['Basic YTpi'], ['Bearer']])(
    'of Authorization: %s, which holds no bearer token, in words that say so',
    async (authorization) => {
      const { told, submit } = await listening({ authentication: 'required' });
      expect((await send(submit, { body: DOCUMENTED_SAMPLE, headers: { authorization } })).status).toBe(403);
      expect(told).toMatchObject([{ reason: expect.stringContaining('not of the form `Bearer TOKEN`') as string }]);
    },
  );

  it.each([
    ['/rest/v1/delivery?client=demo', 'gzip', 'is not unpacked here'],
    ['/m2/demo/profile/update', 'br', 'is not unpacked here'],
    ['/m2/demo/profile/update', 'identity', undefined],
  ])('of a body at %s that is refused, with its Content-Encoding %s', async (path, encoding, words) => {
    const { emulator, told } = await listening();
    const reply = await send(`${emulator.url}${path}`, { body: 'x', headers: { 'content-encoding': encoding } });
    expect(told).toHaveLength(1);
    for (const text of [told[0]!.reason, reply.headers['x-emulator-hint'] ?? ''])
      if (words === undefined) expect(text).not.toContain('Content-Encoding');
      else expect(text).toContain(words);
  });

  it('of an expectation that is empty, none: it is none', async () => {
    const { submit, told } = await listening();
    expect((await send(submit, { body: DOCUMENTED_SAMPLE, headers: { expect: '' } })).status).toBe(200);
    expect(told).toEqual([]);
  });

  it('with the journal off as well', async () => {
    const { emulator, told } = await listening({ journal: 'off' });
    await send(`${emulator.url}/nowhere`);
    expect(told).toHaveLength(1);
  });
});

it('ep-literal-client: the placeholder of the documents, sent as it stands, is noted on the batch, in a header and in the log', async () => {
  const { emulator, told } = await listening();
  const reply = await send(`${emulator.url}/m2/client/v2/profile/batchUpdate`, {
    body: DOCUMENTED_SAMPLE,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(emulator.batches('client')).toMatchObject([
    { diagnostics: expect.arrayContaining([{ rule: 'ep-literal-client', count: 1, first: [{}] }]) as object },
  ]);
  const reason = 'The path names a client called `client`: put your client code in its place.';
  expect([reply.headers['x-emulator-hint'], told]).toMatchObject([reason, [{ status: 200, reason }]]);
});

describe('bytes after a complete request', () => {
  const post = (body: string, length = Buffer.byteLength(body), more = '') =>
    `POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}\r\n${body}`;
  const umlauts = 'batch=thirdPartyId,city\nC-1,Köln\nC-2,Düsseldorf-Hafen';

  it.each([
    ['of which its Content-Length counts the characters', post(umlauts, umlauts.length), 1, 'at least 2,'],
    ['which ends the connection', post(umlauts, umlauts.length, 'Connection: close\r\n'), 1, 'at least 1,'],
    ['and another one', `${post(umlauts)}${post(umlauts)}what is this?\r\n`, 2, 'at least 15,'],
    ['with 3 MB of them', `${post(umlauts)}${'x'.repeat(3_000_000)}`, 1, 'at least '],
  ])('%s come after its reply, and the log says what is wrong', async (_, bytes, replies, words) => {
    const { emulator, told } = await listening();
    const raw = rawSocket(emulator.port);
    raw.socket.write(bytes);
    const heard = await raw.heard;
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(Array.from({ length: replies }, () => 'HTTP/1.1 200'));
    expect(heard.match(/<success>true/g)).toHaveLength(replies);
    expect(emulator.batches('demo')).toHaveLength(replies);
    expect(told).toMatchObject([{ method: '-', reason: expect.stringContaining(words) as string }]);
    expect(told[0]!.reason).toContain('is its Content-Length too small, or missing');
  });

  it('are told of by themselves once the reply is out, and what was no request at all is not taken for them', async () => {
    const { emulator, told } = await listening();
    const raw = rawSocket(emulator.port);
    raw.socket.write(post(umlauts));
    await hears(raw, '</response>');
    raw.socket.write('afen');
    expect(await raw.heard).toMatch(/200 OK[^]*400 Bad Request/);
    const other = rawSocket(emulator.port);
    other.socket.write('PUTT it here\r\n\r\n');
    expect(await other.heard).toMatch(/^HTTP\/1\.1 400/);
    expect(told).toMatchObject([
      { reason: expect.stringContaining('at least 4,') as string },
      { reason: expect.stringContaining('no HTTP request') as string },
    ]);
  });
});
