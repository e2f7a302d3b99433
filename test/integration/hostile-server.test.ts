/** What a hostile server says is printed, and acts on no terminal; an error is one line, also as JSON. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';

const EVIL = '\u001B]0;owned\u0007\u001B[2J\u202Egnp\u009B31m\r';

/** Whatever it is asked. */
async function server(status: number, text: string): Promise<string> {
  const listening = createServer((_, reply) => reply.writeHead(status).end(text)).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => listening.close().closeAllConnections());
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function tpe(...args: readonly string[]) {
  const context = fakeContext({ TPE_TOKEN: 'x' });
  const code = await runCommandLine(args, context);
  return { code, printed: context.printed(), complained: context.complained() };
}

/** Line ends are ours. */
// oxlint-disable-next-line no-control-regex -- they are what this is about
const ACTS = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/;

const rules = [{ id: EVIL, statement: EVIL, source: EVIL, confidence: EVIL }];
const time = '2026-01-01T00:00:00.000Z';
const PROFILE = {
  pcId: EVIL,
  modifiedAt: time,
  livesUntil: time,
  bytes: 1,
  bytesMax: 2,
  customerAttributes: [{ name: EVIL, value: EVIL, visible: true, modifiedAt: time, source: EVIL, file: EVIL, row: 1 }],
  attributes: [
    {
      name: EVIL,
      value: EVIL,
      visible: true,
      layer: 'base',
      modifiedAt: time,
      batchId: EVIL,
      row: 1,
      rule: EVIL,
      message: EVIL,
    },
  ],
  overridden: [{ name: EVIL, batchId: EVIL, row: 1, by: EVIL, byRow: 2 }],
  rules,
};
const ROW = {
  batchId: EVIL,
  client: EVIL,
  api: 'v2',
  row: 1,
  id: EVIL,
  outcome: 'updated',
  rule: EVIL,
  message: EVIL,
  cells: [{ column: 1, name: EVIL, raw: EVIL, value: EVIL }],
  cellCount: 2,
  attributes: [{ name: EVIL, value: EVIL, state: 'overridden', by: { batchId: EVIL, row: 1 } }],
  diagnostics: [{ rule: EVIL }],
  rules,
};
const HEALTH = { status: 'degraded', version: EVIL, pace: EVIL, seed: 1, problems: ['journal'] };
const SIZES = { clients: [{ client: EVIL, profiles: 1, batches: 1 }], exact: true };
const PEM = `-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n${EVIL}`;
const STATUS = `<response><batchStatus><batchId>${EVIL}</batchId><status>complete</status></batchStatus></response>`;

describe('a command that asks a server', () => {
  it.each([
    [['explain', '--client', 'demo', '--id', '1'], JSON.stringify(PROFILE)],
    [['explain', '--batch', 'b', '--row', '1'], JSON.stringify(ROW)],
    [['ready'], JSON.stringify(HEALTH)],
    [['clients'], JSON.stringify(SIZES)],
    [['ca'], PEM],
  ] as const)('%j prints what it is told, without the escapes, as text and as JSON', async ([...args], reply) => {
    const url = await server(200, reply);
    for (const more of [[], ['--json']]) {
      const { code, printed, complained } = await tpe(...args, '--url', url, ...more);
      expect([code, complained]).toEqual([0, '']);
      expect(printed).not.toMatch(ACTS);
      if (more.length > 0) expect(() => JSON.parse(printed) as unknown).not.toThrow();
      if (args[0] === 'explain') expect(printed).toContain('owned');
    }
  });

  it('gives in JSON what the server said, character for character', async () => {
    const { printed } = await tpe(
      'explain',
      '--client',
      'demo',
      '--id',
      '1',
      '--url',
      await server(200, JSON.stringify(PROFILE)),
      '--json',
    );
    expect(JSON.parse(printed)).toEqual(PROFILE);
  });

  const refusal = JSON.stringify({ error: { code: EVIL, message: `${EVIL}\nsecond line`, issues: [] } });
  it.each([
    [['explain', '--client', 'demo', '--id', '1', '--url'], 400, refusal],
    [['explain', '--client', 'demo', '--id', '1', '--url'], 200, EVIL],
    [['ready', '--url'], 500, EVIL],
    [['clients', '--url'], 400, refusal],
    [['clients', 'drop', 'demo', '--url'], 404, refusal],
    [['open', '--print', '--url'], 400, refusal],
    [['ca', '--url'], 200, EVIL],
    [['upload', 'samples/documented-sample.txt', '--client', 'demo', '--state', 'off', '--endpoint'], 400, EVIL],
  ] as const)('%j fails with one line, also as JSON', async ([...args], status, reply) => {
    const url = await server(status, reply);
    const text = await tpe(...args, url);
    expect(text.code).not.toBe(0);
    expect(text.printed + text.complained).not.toMatch(ACTS);
    const json = await tpe(...args, url, '--json');
    expect(json.printed).not.toMatch(ACTS);
    if (args[0] === 'upload') return; // A report: an object over many lines, as a result is.
    expect(text.complained.trimEnd().split('\n')).toHaveLength(1);
    expect(json.printed.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(json.printed)).toMatchObject({ error: { message: expect.any(String) as string } });
  });

  it('tpe status prints a reading, a refusal and the next command without them', async () => {
    for (const [code, reply] of [
      [200, STATUS],
      [500, EVIL],
    ] as const) {
      const url = await server(code, reply);
      const { printed, complained } = await tpe('status', `${url}/m2/demo/profile/batchStatus?batchId=x`);
      expect(printed + complained).not.toMatch(ACTS);
    }
  });
});
