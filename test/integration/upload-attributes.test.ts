/** `tpe upload --as customer-attributes`: an export by SFTP, from its rows to what the visitor has, and what can be wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { openAccount } from '../../src/client/attributes/sftp-account.ts';
import { resumeUpload, uploadAttributes } from '../../src/client/index.ts';
import { type RunningEmulator, startEmulator } from '../../src/server/index.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { sshKeyPair } from './ssh-key-pair.ts';

let directory: string;
let emulator: RunningEmulator;
let url: string;
let knownHosts: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-attributes-'));
  emulator = await startEmulator({ pace: 'immediate', sftpPort: 0 });
  await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
  url = `sftp://demo.crm@127.0.0.1:${emulator.sftp!.port}`;
  knownHosts = file('known_hosts', `# ours\n${emulator.sftp!.knownHosts}\n`);
});
afterAll(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = { TPE_SFTP_PASSWORD: 'secret' },
) {
  const context = fakeContext({ XDG_STATE_HOME: directory, ...variables });
  const way = args.includes('--resume') ? [] : ['--as', 'customer-attributes'];
  const code = await runCommandLine(['upload', ...args, ...way], context);
  return { code, printed: context.printed(), complained: context.complained() };
}

const account = () => ['--id-column', 'id', '--sftp', url, '--sftp-known-hosts', knownHosts];
const record = (id: string) =>
  emulator.customerAttributes.record('demo', 'crm', id)?.attributes.map(({ name, value }) => [name, value]);

describe('an export as customer attributes', () => {
  it('ca-fin, ca-processed: is written in its dialect, then its .fin, and followed until it is processed', async () => {
    const csv = file('crm.csv', 'id,tier,note\nC-1,gold,"a ""b"", \\c\nd"\nC-2,,ü\n');
    const { code, printed, complained } = await run([csv, ...account()]);
    expect([code, complained]).toEqual([0, expect.any(String)]);
    expect(printed).toMatch(/^processed {2}\d{8}-\d{6}-\w{5}\.csv: 2 rows\n$/);
    expect(record('C-1')).toEqual([
      ['crs.crm.tier', 'gold'],
      ['crs.crm.note', 'a "b", \\c\nd'],
    ]);
    expect(record('C-2')).toEqual([['crs.crm.note', 'ü']]);
  });

  it('ca-null-removes: an empty cell takes away what an earlier file had said', async () => {
    await run([file('one.csv', 'id,tier,note\nC-3,gold,x\n'), ...account()]);
    const { printed } = await run([file('two.csv', 'id,tier,note\nC-3,,y\n'), ...account(), '--json']);
    expect(JSON.parse(printed)).toMatchObject({
      kind: 'attributes',
      state: 'processed',
      rows: 1,
      next: [],
      exitCode: 0,
    });
    expect(record('C-3')).toEqual([['crs.crm.note', 'y']]);
  });

  it('sends several parts as one file, under one header row', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => `P-${index},${index},n`);
    const csv = file('parts.csv', ['id,tier,note', ...rows].join('\n'));
    const { code, printed } = await run([csv, ...account(), '--part-rows-max', '7']);
    expect([code, printed]).toEqual([0, expect.stringContaining('40 rows')]);
    for (let index = 0; index < 40; index += 1)
      expect(record(`P-${index}`)).toContainEqual(['crs.crm.tier', String(index)]);
    expect(emulator.customerAttributes.files('demo', 'crm').items[0]).toMatchObject({ rows: 40, appliedRows: 40 });
  });

  it('sends a file of more than 3 MB whole', async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => `B-${index},${index},${'n'.repeat(50)}`);
    const csv = file('big.csv', ['id,tier,note', ...rows].join('\n'));
    const { code, printed } = await run([csv, ...account()]);
    expect([code, printed]).toEqual([0, expect.stringContaining('60000 rows')]);
    expect(record('B-59999')).toContainEqual(['crs.crm.tier', '59999']);
    const [sent] = emulator.customerAttributes.files('demo', 'crm').items;
    expect(sent).toMatchObject({ rows: 60_000, appliedRows: 60_000 });
    expect(sent!.bytes).toBeGreaterThan(3_000_000);
  }, 30_000);

  it('writes a chunk of any size at its place, and ends with its signal though nobody answers', async () => {
    const { private: key } = sshKeyPair();
    const hostKey = ssh2.utils.parseKey(key) as ssh2.ParsedKey;
    const written: Buffer[] = [];
    const controller = new AbortController();
    const closed: number[] = [];
    const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => context.accept());
      client.on('session', (accept) =>
        accept().on('sftp', (acceptSftp) => {
          const sftp = acceptSftp();
          sftp.on('OPEN', (request, path) => sftp.handle(request, Buffer.from(path)));
          sftp.on('WRITE', (request, id, offset, data) => {
            if (id.toString() === '/silent.csv') return controller.abort(new Error('enough'));
            expect(offset).toBe(written.reduce((sum, { length }) => sum + length, 0));
            written.push(Buffer.from(data));
            sftp.status(request, 0);
          });
          sftp.on('CLOSE', (request) => {
            closed.push(request);
            sftp.status(request, 0);
          });
        }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const line = `[127.0.0.1]:${port} ssh-ed25519 ${hostKey.getPublicSSH().toString('base64')}`;
    const place = { url: new URL(`sftp://demo.crm@127.0.0.1:${port}`), password: 'x', knownHosts: line };
    const to = await openAccount(place, controller.signal);
    const chunks = ['id,tier\n', '', 'ü'.repeat(600_000), 'x'.repeat(2_000_000)];
    await to.write('whole.csv', chunks);
    expect(Buffer.concat(written).equals(Buffer.from(chunks.join('')))).toBe(true);
    await expect(to.write('silent.csv', ['id'])).rejects.toThrow('enough');
    await expect(to.list('/')).rejects.toThrow('enough');
    expect(closed).toHaveLength(1);
    to.close();
    server.close();
  });

  it('ca-types: says that the file has failed, why where its emulator can be asked, and the command that tells more', async () => {
    const csv = file('other.csv', 'id,unknown\nC-1,x\n');
    const why = 'header row: The schema has no attribute "unknown". (ca-types).';
    const { code, printed } = await run([csv, ...account(), '--endpoint', emulator.url]);
    const show = `Next: tpe sources show crm --client demo --url ${emulator.url}`;
    expect([code, printed.split('\n').slice(1)]).toEqual([7, [why, show, '']]);
    const asJson = await run([csv, ...account(), '--endpoint', emulator.url, '--json']);
    expect(JSON.parse(asJson.printed)).toMatchObject({ state: 'failed', reason: why.slice(0, -1), exitCode: 7 });
    // Where nobody is there to be asked, it says whom to ask.
    const alone = await run([csv, ...account()], { TPE_SFTP_PASSWORD: 'secret', TPE_PORT: '1' });
    expect([alone.code, alone.printed.split('\n').slice(1)]).toEqual([
      7,
      [
        'SFTP does not tell why; the emulator does (--url is its address).',
        'Next: tpe sources show crm --client demo --url http://127.0.0.1:1',
        '',
      ],
    ]);
    expect(record('C-1')).toHaveLength(2);
  });

  it('ca-fin: a dry run shows the first rows as they would be written, its own warnings and its own next command', async () => {
    const csv = file('dry.csv', 'id,tier,a note,crm.x\nC-1,gold,"a ""b"", c",\nC-1,,"two\nlines",y\n');
    const { code, printed } = await run([csv, ...account(), '--dry-run']);
    expect(code).toBe(0);
    expect(printed).toContain('2 rows of 1 customer, one file of customer attributes\nid: id as customer id;');
    expect(printed).toContain(
      'As written:\n  customer_id,tier,a note,crm.x\n  C-1,gold,"a \\"b\\", c",\n  C-1,,"two\\u{a}lines",y\n',
    );
    for (const rule of ['ca-name-no-dot', 'ca-name-no-blank', 'ca-header', 'ca-null-removes'])
      expect(printed).toContain(`(${rule})`);
    expect(printed).not.toMatch(/batch=|enc-|--endpoint|calls|our-duplicate-ids/);
    const next = /Next: .*$/m.exec(printed)![0];
    expect(next).toContain(`--as customer-attributes --sftp ${url} --sftp-known-hosts ${knownHosts}`);
    const unsaid = await run([csv, '--id-column', 'id', '--dry-run', '--json']);
    expect(JSON.parse(unsaid.printed)).toMatchObject({
      kind: 'plan',
      exitCode: 0,
      sample: expect.arrayContaining(['C-1,,"two\nlines",y']),
    });
    const pcIds = await run([file('pc.csv', 'pcId,tier\n1,x\n'), '--dry-run']);
    expect([pcIds.code, pcIds.complained]).toEqual([2, expect.stringContaining('ca-ids')]);
  });

  it('does not wait with --no-wait, and leaves out faulty rows where told', async () => {
    const csv = file('faulty.csv', 'id,tier,note\nC-4,gold,\na/b,x,\n');
    expect((await run([csv, ...account()])).code).toBe(3);
    const { code, printed } = await run([csv, ...account(), '--on-problem', 'skip', '--no-wait']);
    expect([code, printed]).toEqual([
      4,
      expect.stringMatching(
        /^waiting .*: 1 row, 1 left out\nNext: .* upload --resume \S+ .*\nNext: .* sources show crm/,
      ),
    ]);
  });

  it('ca-ids: refuses an export of pcIds before anything is sent', async () => {
    const { code, complained } = await run([
      file('pc.csv', 'pcId,tier\n1,x\n'),
      '--sftp',
      url,
      '--sftp-known-hosts',
      knownHosts,
    ]);
    expect([code, complained]).toEqual([2, expect.stringContaining('ca-ids')]);
  });

  it.each([
    ['no account', () => ['--id-column', 'id'], { TPE_SFTP_PASSWORD: 'x' }, 2, '--sftp sftp://USER@HOST:PORT'],
    ['no known hosts', () => account().slice(0, 4), { TPE_SFTP_PASSWORD: 'x' }, 2, '--sftp-known-hosts FILE'],
    ['no password', account, {}, 2, 'TPE_SFTP_PASSWORD'],
    [
      'a password in the address',
      () => ['--id-column', 'id', '--sftp', url.replace('@', ':pw@')],
      {},
      2,
      'sftp://USER@HOST:PORT',
    ],
    ['a wrong password', account, { TPE_SFTP_PASSWORD: 'wrong' }, 7, 'does not take this password'],
  ])('says what is wrong with %s, and never the password', async (_, given, variables, expected, text) => {
    const { code, complained } = await run([file('crm.csv', 'id,tier\nC-9,x\n'), ...given()], variables);
    expect([code, complained]).toEqual([expected, expect.stringContaining(text)]);
    expect(complained).not.toMatch(/wrong\b/);
    expect(record('C-9')).toBeUndefined();
  });

  it('gives neither password nor rows to a server whose host key is not known', async () => {
    const authentication = vi.fn<() => void>();
    const { private: key } = sshKeyPair();
    const server = new ssh2.Server({ hostKeys: [key] }, (connection) => {
      connection.on('error', () => undefined).on('authentication', authentication);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as { port: number };
    // A key is known there, and it is another one.
    const hosts = file('other_hosts', emulator.sftp!.knownHosts.replaceAll(String(emulator.sftp!.port), String(port)));
    const args = ['--id-column', 'id', '--sftp', `sftp://demo.crm@127.0.0.1:${port}`, '--sftp-known-hosts', hosts];
    const { code, complained } = await run([file('crm.csv', 'id,tier\nC-9,x\n'), ...args]);
    server.close();
    expect([code, complained]).toEqual([7, expect.stringContaining('does not stand in the known hosts')]);
    expect(authentication).not.toHaveBeenCalled();
  });

  it('says so where nobody answers', async () => {
    const hosts = file('no_hosts', '');
    const args = ['--id-column', 'id', '--sftp', 'sftp://demo.crm@127.0.0.1:1', '--sftp-known-hosts', hosts];
    const { code, complained } = await run([file('crm.csv', 'id,tier\nC-9,x\n'), ...args]);
    expect([code, complained]).toEqual([5, expect.stringContaining('127.0.0.1:1 does not answer')]);
  });

  it('ends with the signal while it waits, and says what becomes of the file', async () => {
    const held = await startEmulator({
      pace: 'immediate',
      sftpPort: 0,
      attributeFiles: 'half-hourly',
      clock: 'virtual',
    });
    await held.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    const abort = new AbortController();
    const place = {
      url: new URL(`sftp://demo.crm@127.0.0.1:${held.sftp!.port}`),
      password: 'secret',
      knownHosts: held.sftp!.knownHosts,
    };
    let sleeps = 0;
    const clock = {
      now: () => 0,
      async sleep(_: number, signal?: AbortSignal) {
        sleeps += 1;
        abort.abort(new Error('enough'));
        signal?.throwIfAborted();
      },
    };
    const sending = uploadAttributes(
      file('crm.csv', 'id,tier\nC-9,x\n'),
      { idColumn: 'id', place, clock },
      { signal: abort.signal },
    );
    await expect(sending).rejects.toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('.fin is there'),
    });
    expect(sleeps).toBe(1);
    expect(held.customerAttributes.files('demo', 'crm').items).toMatchObject([{ status: 'waiting' }]);
    await held.close();
  });
});

describe('an upload of customer attributes is a job', () => {
  const resumable = /Next: tpe upload --resume (\S+)/;
  const jobFile = (id: string) =>
    emulator.customerAttributes.files('demo', 'crm').items.filter(({ name }) => name === `${id}.csv`);

  it('also where it was not let in, and goes on once the password or the host key is the right one', async () => {
    const csv = file('let-in.csv', 'id,tier,note\nC-8,gold,\n');
    const none = file('empty_hosts', '');
    const noHosts = ['--id-column', 'id', '--sftp', url, '--sftp-known-hosts', none];
    for (const [args, password, how] of [
      [account(), 'nope', []],
      [noHosts, 'secret', ['--sftp-known-hosts', knownHosts]],
    ] as const) {
      const { code, complained } = await run([csv, ...args], { TPE_SFTP_PASSWORD: password });
      const [, job = ''] = resumable.exec(complained)!;
      expect([code, jobFile(job)]).toEqual([7, []]);
      // What it began with is what it goes on with.
      if (how.length > 0) {
        const again = await run(['--resume', job]);
        expect([again.code, again.complained]).toEqual([7, expect.stringContaining(' --sftp-known-hosts ')]);
      }
      const { code: resumed, printed } = await run(['--resume', job, ...how]);
      expect([resumed, printed]).toEqual([0, `processed  ${job}.csv: 1 row\n`]);
      expect(jobFile(job)).toHaveLength(1);
    }
  });

  it('also where nobody listens: going on helps as soon as somebody does', async () => {
    const later = await startEmulator({ pace: 'immediate', sftpPort: 0 });
    await later.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    const { port, knownHosts: line } = later.sftp!;
    const hosts = file('later_hosts', line);
    const csv = file('nobody.csv', 'id,tier\nC-1,gold\n');
    await later.close();
    const args = ['--id-column', 'id', '--sftp', `sftp://demo.crm@127.0.0.1:${port}`, '--sftp-known-hosts', hosts];
    const { code, complained } = await run([csv, ...args]);
    const [, job = ''] = resumable.exec(complained)!;
    expect(code).toBe(5);
    expect(await jobs()).toContainEqual(expect.objectContaining({ id: job, state: 'open' }));
    expect((await run(['--resume', job])).code).toBe(5);
    const context = fakeContext({ XDG_STATE_HOME: directory });
    expect(await runCommandLine(['jobs', 'forget', job], context)).toBe(0);
  });

  const jobs = async () => {
    const context = fakeContext({ XDG_STATE_HOME: directory });
    await runCommandLine(['jobs', '--json'], context);
    return JSON.parse(context.printed()) as { id: string; way: string; state: string; result: string }[];
  };

  it('is listed, and nothing of it stays to be resumed once it has ended', async () => {
    const { printed } = await run([file('job.csv', 'id,tier,note\nC-5,gold,\n'), ...account(), '--json']);
    const { file: sent } = JSON.parse(printed) as { file: string };
    const [job] = await jobs();
    expect(job).toMatchObject({ way: 'customer-attributes', state: 'ended', result: 'processed', account: url });
    expect(sent).toBe(`${job!.id}.csv`);
    const { code, complained } = await run(['--resume', job!.id]);
    expect([code, complained]).toEqual([2, expect.stringContaining('it has ended')]);
  });

  it('goes on with what was not waited for, by its id alone, and refuses to without the password', async () => {
    const waiting = await run([file('later.csv', 'id,tier,note\nC-6,gold,\n'), ...account(), '--no-wait', '--json']);
    const { job, next } = JSON.parse(waiting.printed) as { job: string; next: string[] };
    expect(next[0]).toContain(`upload --resume ${job}`);
    expect((await run(['--resume', job], {})).complained).toContain('TPE_SFTP_PASSWORD');
    const { code, printed } = await run(['--resume', job]);
    expect([code, printed]).toEqual([0, `processed  ${job}.csv: 1 row\n`]);
    expect(
      emulator.customerAttributes.files('demo', 'crm').items.filter(({ name }) => name === `${job}.csv`),
    ).toHaveLength(1);
  });

  it('takes neither a file nor options that it would leave unread, and says how it goes on', async () => {
    const csv = file('own.csv', 'id,tier,note\nC-6,gold,\n');
    const { printed } = await run([csv, ...account(), '--no-wait', '--json']);
    const { job } = JSON.parse(printed) as { job: string };
    for (const [args, named] of [
      [[csv], csv],
      [['--drop', 'note', '--constants', 'a=b'], '--drop, --constants'],
    ] as const) {
      const { code, complained } = await run([...args, '--resume', job]);
      const told = expect.stringMatching(new RegExp(`leave ${named} away\\. Next: tpe upload --resume ${job} `));
      expect([code, complained]).toEqual([2, told]);
    }
    expect((await run(['--resume', job])).code).toBe(0);
  });

  it('is not resumed as one of the bulk API', async () => {
    const waiting = await run([file('other-way.csv', 'id,tier,note\nC-6,x,\n'), ...account(), '--no-wait', '--json']);
    const { job } = JSON.parse(waiting.printed) as { job: string };
    await expect(resumeUpload(job, { state: join(directory, 'tpe') })).rejects.toMatchObject({
      code: 'job-differs',
      job,
    });
    await run(['--resume', job]);
  });

  it('remembers neither password nor other hosts', async () => {
    const hosts = file('many_hosts', `elsewhere ssh-ed25519 AAAA\n${emulator.sftp!.knownHosts}\n`);
    const args = ['--id-column', 'id', '--sftp', url, '--sftp-known-hosts', hosts, '--no-wait', '--json'];
    const { printed } = await run([file('kept.csv', 'id,tier,note\nC-6,gold,\n'), ...args]);
    const { job } = JSON.parse(printed) as { job: string };
    const kept = readFileSync(join(directory, 'tpe', 'jobs.db'), 'latin1');
    expect(kept).toContain('sftp');
    expect(kept).not.toMatch(/elsewhere|"secret"/);
    await run(['--resume', job]);
  });

  /** The built command, killed as soon as `isTime`. */
  async function killed(args: readonly string[], isTime: () => boolean): Promise<void> {
    const env = { PATH: process.env['PATH'], XDG_STATE_HOME: directory, TPE_SFTP_PASSWORD: 'secret' };
    const child = spawn(process.execPath, ['dist/cli.js', 'upload', ...args, '--as', 'customer-attributes'], { env });
    let said = '';
    child.stderr.on('data', (text) => (said += String(text)));
    const ended = once(child, 'exit');
    await expect.poll(() => isTime() || said.includes('tpe:'), { timeout: 60_000, interval: 2 }).toBe(true);
    child.kill('SIGKILL');
    expect(await ended, said).toEqual([null, 'SIGKILL']);
  }

  it.each(['before its .fin', 'after its .fin'])('killed %s, it is resumed and applied once', async (when) => {
    const held = await startEmulator(
      {
        sftpPort: 0,
        attributeFiles: 'half-hourly',
        clock: 'virtual',
        data: join(directory, when),
      },
      { workerUrl: new URL('../../dist/writer-worker.js', import.meta.url) },
    );
    await held.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    const rows = Array.from(
      { length: when.startsWith('before') ? 60_000 : 10 },
      (_, row) => `K-${row},gold,${'x'.repeat(40)}\n`,
    );
    const csv = file('killed.csv', `id,tier,note\n${rows.join('')}`);
    const hosts = file('held_hosts', held.sftp!.knownHosts);
    const args = [
      csv,
      '--id-column',
      'id',
      '--sftp',
      `sftp://demo.crm@127.0.0.1:${held.sftp!.port}`,
      '--sftp-known-hosts',
      hosts,
    ];
    const filesOf = () => held.customerAttributes.files('demo', 'crm').items;
    const spool = join(directory, when, 'spool');
    await killed(args, () =>
      when.startsWith('before') ? readdirSync(spool).length > 0 : filesOf()[0]?.status === 'waiting',
    );
    const [job] = await jobs();
    expect(job).toMatchObject({ state: 'open', way: 'customer-attributes' });
    if (when.startsWith('after')) expect(filesOf().map(({ status }) => status)).toEqual(['waiting']);
    const resumed = run(['--resume', 'latest', '--json']);
    await expect.poll(() => filesOf()[0]?.status, { timeout: 60_000 }).toBe('waiting');
    await held.advance(60_000);
    const { code, printed } = await resumed;
    expect([code, JSON.parse(printed)]).toEqual([
      0,
      expect.objectContaining({ state: 'processed', rows: rows.length }),
    ]);
    expect(filesOf()).toMatchObject([{ name: `${job!.id}.csv`, status: 'processed', appliedRows: rows.length }]);
    await held.close();
  });
});
