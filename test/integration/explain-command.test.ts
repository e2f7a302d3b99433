/** `tpe explain` against an emulator that runs. */
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { openEmulator, send } from './support.ts';

async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const context = fakeContext(variables);
  const code = await runCommandLine(['explain', ...args], context);
  return { code, printed: context.printed(), complained: context.complained() };
}

async function openWithTwoBatches() {
  const emulator = await openEmulator();
  for (const body of ['thirdPartyId,tier,city\nann,gold,Rome', 'thirdPartyId,tier\nbob,x\nann,%0A']) {
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: `batch=${body}` });
    await emulator.drain();
  }
  const [second, first] = emulator.batches('demo').map(({ batchId }) => batchId);
  return { emulator, first: first!, second: second! };
}

describe('tpe explain', () => {
  it('tells who wrote each attribute, what was overridden, and why', async () => {
    const { emulator, first, second } = await openWithTwoBatches();
    const { code, printed } = await run(['--url', emulator.url, '--client', 'demo', '--id', 'ann']);
    expect(code).toBe(0);
    const lines = printed.split('\n').map((line) => line.trimEnd().replaceAll(/ {2,}/g, ' | '));
    expect(lines.slice(0, 7)).toEqual([
      'thirdPartyId ann of demo',
      'attribute | value | layer | written | rule',
      String.raw`tier | \u{a} | pending | 2026-01-01T00:00:00.000Z | v2-upsert`,
      ` | by ${second} row 2`,
      '',
      'Overridden',
      ` | city of ${first} row 1, by ${second} row 2 (v2-override-caveat)`,
    ]);
    expect(printed.replaceAll(/\s+/g, ' ')).toContain('Consecutive v2 batches for the');

    const one = await run(['--client', 'demo', '--id', 'ann', '--attribute', 'city'], { TPE_URL: emulator.url });
    expect(one.printed).toContain('It holds no attribute city.');
  });

  it('takes an attribute that nobody ever wrote for a mistake, and says which emulator knows of none', async () => {
    const emulator = await openEmulator();
    await emulator.seedProfiles('demo', [{ thirdPartyId: 'ann', attributes: { tier: 'gold' } }]);
    const args = ['--client', 'demo', '--id', 'ann', '--attribute', 'teir'];
    const { code, complained } = await run(args, { TPE_URL: emulator.url });
    expect(code).toBe(2);
    expect(complained).toBe(`tpe: ${emulator.url}: thirdPartyId ann of demo holds no attribute teir.\n`);
  });

  it('tells customer attributes with their file, and what waits in a session until when', async () => {
    const emulator = await openEmulator({ pace: 'immediate', sessionWrites: 'after-30-minutes' });
    await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    await emulator.customerAttributes.upload('demo', 'crm', 'crm.csv', 'id,tier\nann,gold\n');
    await emulator.drain();
    await send(`${emulator.url}/m2/demo/mbox/json?mbox=m&mboxSession=1&mbox3rdPartyId=ann&profile.said=x`);
    const { printed } = await run(['--url', emulator.url, '--client', 'demo', '--id', 'ann']);
    const words = printed.replaceAll(/\s+/g, ' ');
    expect(words).toMatch(/crs\.crm\.tier gold customer .*crm\.csv row 1/);
    expect(words).toMatch(/said x session waits until .*mrg-memory/);
    expect(words).not.toContain('session, covered');
    expect(words).toContain(
      'A fetch finds none yet: a call created it, and it waits until 2026-01-01T00:30:00.000Z (mrg-memory).',
    );
  });

  it.each(['.', '..'])('our-dot-id: says that no URL can ask for the id %s', async (id) => {
    const { emulator } = await openWithTwoBatches();
    const { code, complained } = await run(['--url', emulator.url, '--client', 'demo', '--id', id]);
    expect([code, complained]).toEqual([2, expect.stringContaining('No URL can ask for what is called . or .. alone')]);
  });

  it('tells what a row did, cell by cell', async () => {
    const { emulator, first, second } = await openWithTwoBatches();
    const { code, printed } = await run(['--url', emulator.url, '--batch', first, '--row', '1']);
    expect(code).toBe(0);
    expect(printed).toContain('Row 1: a profile was created. (v2-upsert)');
    expect(printed).toMatch(new RegExp(`city +Rome +Rome +overridden by\\s+${second}\\s+row 2`));
    const { printed: json } = await run(['--url', emulator.url, '--batch', first, '--row', '1', '--json']);
    expect(JSON.parse(json)).toMatchObject({ row: 1, attributes: [{ name: 'tier' }, { state: 'overridden' }] });
  });

  it.each([
    [['--client', 'demo', '--id', 'nobody'], 2, 'demo has no profile with this thirdPartyId'],
    [['--client', 'a.b', '--id', 'ann'], 2, 'client'],
    [['--batch', 'none', '--row', '1'], 2, 'there is no batch with this id'],
    [['--client', 'demo'], 2, '--client and --id'],
    [['--row', 'x'], 2, '--row'],
  ])('%j ends with exit code %d', async (args, expected, words) => {
    const { emulator } = await openWithTwoBatches();
    const { code, complained } = await run(['--url', emulator.url, ...args]);
    expect(code).toBe(expected);
    expect(complained).toContain(words);
    if (words.includes(' ')) expect(complained.startsWith(`tpe: ${emulator.url}: `)).toBe(!words.startsWith('--'));
  });

  it('understands mbox3rdPartyId as thirdPartyId', async () => {
    const { emulator } = await openWithTwoBatches();
    const args = ['--url', emulator.url, '--client', 'demo', '--id', 'ann', '--json'];
    const same = await run([...args, '--kind', 'mbox3rdPartyId']);
    expect(same).toEqual(await run([...args, '--kind', 'thirdPartyId']));
    expect(same.code).toBe(0);
  });

  it('says how to start one where none answers', async () => {
    const { emulator } = await openWithTwoBatches();
    await emulator.close();
    const { code, complained } = await run(['--url', emulator.url, '--client', 'demo', '--id', 'ann']);
    expect(code).toBe(5);
    const { port } = new URL(emulator.url);
    expect(complained).toMatch(new RegExp(`ECONNREFUSED.*Next: tpe serve --port ${port}\n$`));
  });
});
