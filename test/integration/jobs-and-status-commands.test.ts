/** What `tpe jobs` and `tpe status` print for people, and the code each ends with, against an emulator whose batches wait. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { type RunningEmulator, startEmulator } from '../../src/server/index.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';

let emulator: RunningEmulator;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-jobs-'));
  writeFileSync(join(directory, 'crm.csv'), 'thirdPartyId,city\na1,Bern\n');
  emulator = await startEmulator({ pace: 'manual' });
});
afterAll(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

async function run(...words: readonly string[]) {
  const context = fakeContext({ XDG_STATE_HOME: directory });
  const code = await runCommandLine(words, context);
  return { code, printed: context.printed(), complained: context.complained() };
}

/** Each its own: batches of one client code wait for each other. */
let client = 'demo';
beforeEach(() => {
  client = `c${Number(client.slice(1)) + 1 || 1}`;
});

const upload = (...words: readonly string[]) =>
  run('upload', join(directory, 'crm.csv'), '--client', client, '--endpoint', emulator.url, ...words);

describe('tpe jobs', () => {
  it('says that none is remembered, where none is and where none shall be', async () => {
    expect(await run('jobs')).toMatchObject({ code: 0, printed: 'No job is remembered here.\n' });
    const off = await run('jobs', '--state', 'off');
    expect(off).toMatchObject({
      code: 2,
      complained: expect.stringContaining('With --state off no job is remembered'),
    });
  });

  it.each([['show'], ['forget'], ['resume', 'latest']])('%j says what can be said', async (...words) => {
    const { code, complained } = await run('jobs', ...words);
    expect([code, complained]).toEqual([2, expect.stringContaining('Say list, show JOB or forget JOB')]);
  });

  it('lists them, shows one with its parts and how it goes on, and forgets it', async () => {
    const { printed: sent } = await upload('--no-wait');
    const [, link = ''] = /part 1: (\S+)/.exec(sent)!;
    const { printed: list } = await run('jobs', '--json');
    const [{ id }] = JSON.parse(list) as [{ id: string }];
    expect((await run('jobs')).printed).toMatch(new RegExp(`${id}[^]*open[^]*submitted[^]*0/1[^]*crm.csv`));
    const shown = await run('jobs', 'show', id);
    expect(shown.code).toBe(0);
    expect(shown.printed).toMatch(new RegExp(`^${id}: open, last submitted\n`));
    // Wrapped in its cell.
    expect(shown.printed.replaceAll(/\s*\n\s+/g, '')).toContain(link);
    expect(shown.printed).toMatch(new RegExp(`Next:\n  tpe upload --resume ${id}`));
    expect(await run('upload', '--resume', id, '--dry-run')).toMatchObject({
      code: 2,
      complained: expect.stringContaining('A job is not judged again'),
    });
    expect((await run('jobs', 'forget', id)).code).toBe(0);
    expect(await run('jobs')).toMatchObject({ printed: 'No job is remembered here.\n' });
  });

  it('shows of one that has ended what became of it, and no way on', async () => {
    await emulator.setPace(client, { kind: 'immediate' });
    await upload();
    const [{ id }] = JSON.parse((await run('jobs', '--json')).printed) as [{ id: string }];
    const { printed } = await run('jobs', 'show', id);
    expect(printed).toMatch(new RegExp(`^${id}: ended, last done\n`));
    expect(printed).not.toContain('Next:');
    expect((await run('jobs')).printed).toMatch(new RegExp(`${id}[^]*ended[^]*done[^]*1/1[^]*crm.csv`));
    expect(await run('upload', '--resume', id)).toMatchObject({
      code: 2,
      complained: expect.stringContaining('it has ended'),
    });
  });
});

describe('tpe status', () => {
  async function link(rows: string) {
    const url = `${emulator.url}/m2/${client}/v2/profile/batchUpdate`;
    const reply = await fetch(url, { method: 'POST', body: `batch=thirdPartyId,city\n${rows}` });
    return /<batchStatus>(.*?)<\/batchStatus>/.exec(await reply.text())![1]!.replaceAll('&amp;', '&');
  }

  it('ends with 5 and how to wait for one that waits, and with 6 where the wait is over', async () => {
    await emulator.setPace(client, { kind: 'manual' });
    const waiting = await link('s1,Bern\n');
    const asked = await run('status', waiting);
    expect([asked.code, asked.printed]).toEqual([
      5,
      expect.stringMatching(/: incomplete\n[^]*\nNext: tpe status .* --wait/),
    ]);
    const waited = await run('status', waiting, '--wait', '--deadline-ms', '1');
    expect([waited.code, waited.printed]).toEqual([6, expect.stringContaining('The deadline passed before')]);
    expect(waited.printed).toMatch(/Next: tpe status .* --wait/);
  });

  it('ends with 0 where it went well, with 4 where rows did not, and with 6 where it is stuck', async () => {
    await emulator.setPace(client, { kind: 'immediate' });
    const well = await run('status', await link('s2,Bern\n'));
    expect([well.code, well.printed]).toEqual([0, expect.stringMatching(/: complete\n[^]*successfulUpdates +1\n/)]);
    expect((await run('status', await link('s/3,Bern\n'))).code).toBe(4);
    emulator.faults.set({ stuck: {} });
    const stuck = await run('status', await link('s4,Bern\n'));
    emulator.faults.set({});
    expect([stuck.code, stuck.printed]).toEqual([6, expect.stringContaining(': stuck')]);
  });

  it('ends with 7 where the batch is of nobody, and with 2 where the link is none', async () => {
    const nobody = await run('status', `${emulator.url}/m2/demo/profile/batchStatus?batchId=none`);
    expect([nobody.code, nobody.printed]).toEqual([7, expect.stringContaining('our-unknown-batch')]);
    expect(await run('status', 'demo-1')).toMatchObject({
      code: 2,
      complained: expect.stringContaining('"demo-1" is no status link'),
    });
  });

  it('ends with 130 where it is interrupted, and says how to go on', async () => {
    await emulator.setPace(client, { kind: 'manual' });
    const context = fakeContext({});
    context.interrupt();
    expect(await runCommandLine(['status', await link('s5,Bern\n'), '--wait'], context)).toBe(130);
    expect(context.printed()).toMatch(/Next: tpe status .* --wait/);
  });
});
