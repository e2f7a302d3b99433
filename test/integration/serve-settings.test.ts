/** `tpe serve` as it is told: by file, variable and flag; its log as JSON; `tpe clients` beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { type FakeContext, fakeContext } from '../unit/cli/fake-context.ts';
import { openEmulator, send } from './support.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-serve-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const contextOf = (variables: Readonly<Record<string, string>> = {}): FakeContext => ({
  ...fakeContext(variables),
  directory,
});

const config = (value: unknown, name = 'tpe.config.json') =>
  writeFileSync(join(directory, name), JSON.stringify(value));

interface Event {
  readonly event: string;
  readonly url?: string;
  readonly [name: string]: unknown;
}

/** Runs it until `during` is done, and gives the lines of its log. */
async function serving(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  during: (listening: Event) => Promise<void> = async () => undefined,
): Promise<readonly Event[]> {
  const context = contextOf(variables);
  const ended = runCommandLine(['serve', '--memory', '--port', '0', ...args], context);
  const linesOf = () =>
    context
      .printed()
      .split('\n')
      .filter((line) => line !== '');
  let code: number | undefined;
  void ended.then((done) => (code = done));
  while (linesOf().length === 0 && code === undefined) await new Promise((turn) => setImmediate(turn));
  if (code !== undefined) throw new Error(context.printed() + context.complained());
  const events = () => linesOf().map((line) => JSON.parse(line) as Event);
  await during(events()[0]!);
  context.interrupt();
  await ended;
  return events();
}

describe('the log as JSON', () => {
  it('has one object a line for each event, with its time: listening, refused, applied, stopped', async () => {
    const events = await serving(['--log', 'json', '--pace', 'immediate'], {}, async ({ url }) => {
      await send(`${url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x' });
      await send(`${url}/m2/demo/v2/profile/batchUpdate`, { body: 'no\u001B[2Jbatch' });
    });
    expect(events.map(({ event }) => event)).toEqual(['listening', 'batch-completed', 'refused', 'stopped']);
    for (const { time } of events) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect((await serving(['--json'], {})).map(({ event }) => event)).toEqual(['listening', 'stopped']);
    expect((await serving([], { TPE_LOG: 'json' }))[0]).toMatchObject({ event: 'listening' });
  });
});

describe('the section serve of the config file', () => {
  it('says what flags say; a variable goes before it, and a flag before both', async () => {
    config({ serve: { log: 'json', pace: 'manual', seed: 7, mode: 'strict' } });
    expect((await serving([], {}))[0]).toMatchObject({ pace: 'manual', seed: 7, mode: 'strict' });
    expect((await serving(['--seed', '9'], { TPE_PACE: 'immediate', TPE_SEED: '8' }))[0]).toMatchObject({
      pace: 'immediate',
      seed: 9,
    });
  });

  it('may be of another file, by flag or variable, which must be there', async () => {
    config({ serve: { log: 'json', seed: 7 } }, 'other.json');
    expect((await serving(['--config', 'other.json'], {}))[0]).toMatchObject({ seed: 7 });
    expect((await serving([], { TPE_CONFIG: join(directory, 'other.json') }))[0]).toMatchObject({ seed: 7 });
    await expect(serving(['--config', 'none.json'], {})).rejects.toThrow(/none\.json: there is no such file/);
  });

  it.each([
    [{ serve: { pace: 'soon' } }, /serve\.pace: /],
    [{ serve: { colour: 'red' } }, /serve\.colour: There is no such field/],
    [{ serve: { controlToken: 'secret-token' } }, /serve\.controlToken: a token never stands in a file/],
    [{ serve: [] }, /serve: /],
    [{ accounts: { prod: { client: 1 } }, serve: {} }, /accounts\.prod\.client: /],
    [{ sources: { demo: 5 }, serve: {} }, /sources\.demo: /],
    [{ served: {} }, /json: served: There is no such field/],
  ])('is judged with the whole file: %j', async (value, message) => {
    config(value);
    await expect(serving([], {})).rejects.toThrow(message);
    const context = contextOf();
    await runCommandLine(['upload', 'x.csv', '--client', 'demo', '--dry-run'], context);
    expect(context.complained()).toMatch(message);
  });
});

it('our-link-host: tpe serve says at its start what links to an edge take, and nothing of it without them', async () => {
  for (const linkHost of ['edge', 'own']) {
    const context = contextOf();
    const ended = runCommandLine(['serve', '--memory', '--port', '0', '--link-host', linkHost], context);
    while (!context.printed().includes('curl ')) await new Promise((turn) => setImmediate(turn));
    context.interrupt();
    await ended;
    const isTold = /Send them here with http_proxy=http:\/\/127\.0\.0\.1:\d+, or they reach/.test(context.printed());
    expect(isTold, linkHost).toBe(linkHost === 'edge');
  }
});

describe('tpe clients', () => {
  const run = async (...args: readonly string[]) => {
    const context = fakeContext();
    const code = await runCommandLine(['clients', ...args], context);
    return { code, printed: context.printed(), complained: context.complained() };
  };
  const furnished = async () => {
    const emulator = await openEmulator();
    const demo = emulator.client('demo');
    await demo.seedProfiles([{ pcId: '1', attributes: { a: 'x' } }]);
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=pcId,a\n1,x' });
    await demo.setSettings({ statusShape: '2020' });
    await demo.setPace({ kind: 'manual' });
    demo.faults.set({ latency: { ms: 5 } });
    const { accessToken } = await demo.issueToken();
    return { emulator, demo, accessToken };
  };

  it('lists what each owns, as a table and as JSON', async () => {
    const { emulator } = await furnished();
    const { code, printed } = await run('--url', emulator.url);
    expect([code, printed.replaceAll(/ +/g, ' ')]).toEqual([0, 'client profiles batches\ndemo 1 1\n']);
    expect(JSON.parse((await run('list', '--json', '--url', emulator.url)).printed)).toEqual(emulator.sizes());
  });

  it('resets one: what it holds is gone, and how it is read, paced and let in stays', async () => {
    const { emulator, demo, accessToken } = await furnished();
    expect(await run('reset', 'demo', '--url', emulator.url)).toEqual({
      code: 0,
      printed: 'Reset demo.\n',
      complained: '',
    });
    expect([demo.profiles().items, demo.batches(), demo.journal.read().entries]).toEqual([[], [], []]);
    expect([demo.settings()?.statusShape, demo.pace(), demo.token()?.accessToken]).toEqual([
      '2020',
      { kind: 'manual' },
      accessToken,
    ]);
    expect(demo.faults.get()).toHaveProperty('latency');
    for (const action of ['reset', 'drop']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, each with its own answer
      expect(await run(action, 'nobody', '--url', emulator.url)).toEqual({
        code: 2,
        printed: '',
        complained: `tpe: ${emulator.url} has no client code nobody; known: demo.\n`,
      });
    }
    expect(emulator.clients()).toHaveLength(1);
  });

  it('drops one with all it owns', async () => {
    const { emulator, demo } = await furnished();
    expect((await run('drop', 'demo', '--json', '--url', emulator.url)).code).toBe(0);
    expect([emulator.clients(), demo.token(), demo.faults.get()]).toEqual([[], undefined, {}]);
    // Faults may be set before the client code is used.
    emulator.client('faulty').faults.set({ latency: { ms: 5 } });
    expect((await run('drop', 'faulty', '--url', emulator.url)).code).toBe(0);
    expect(emulator.client('faulty').faults.get()).toEqual({});
  });

  it.each([[['reset']], [['drop']], [['eat', 'demo']], [['list', 'demo']], [['drop', 'a.b']]])(
    'refuses %j, and nothing has changed',
    async (args) => {
      const { emulator } = await furnished();
      const { code, complained } = await run(...args, '--url', emulator.url);
      expect([code, complained.trimEnd().split('\n').length]).toEqual([2, 1]);
      expect(emulator.clients()).toHaveLength(1);
    },
  );
});

describe('an emulator on every address', () => {
  it.each([
    ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['::', /^http:\/\/\[::1\]:\d+$/],
    ['0', /^http:\/\/127\.0\.0\.1:\d+$/],
  ])('bound to %s has a URL that leads to it', async (host, pattern) => {
    const emulator = await openEmulator({ host, tlsPort: 0 });
    expect(emulator.url).toMatch(pattern);
    expect(emulator.tlsUrl).toMatch(new RegExp(pattern.source.replace('http:', 'https:')));
    expect((await send(`${emulator.url}/__emulator/health`)).status).toBe(200);
  });
});
