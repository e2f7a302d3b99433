/** The built command against a built emulator, as processes: signals, exit codes, files. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CRM_COLUMNS, crmRecords } from '../../src/sim/workload/crm-export.ts';
import { runCommand, serve, startCommand, STATE_HOME, stop, type ServedEmulator } from './run-command.ts';

const tpe = resolve('dist/cli.js');
const sample = resolve('samples/crm-export.csv');
let directory: string;
let emulator: ServedEmulator;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-command-'));
  emulator = await serve(tpe, ['--memory', '--pace', 'immediate']);
});
afterAll(async () => {
  await stop(emulator);
  rmSync(directory, { recursive: true, force: true });
});

/** That nothing listened to a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const upload = (file: string, client: string, ...args: readonly string[]) =>
  ['upload', file, '--id-column', 'customer_id', '--client', client, '--endpoint', emulator.url, ...args] as const;

describe('tpe serve', () => {
  it('keeps its data private and in its folder, and stops cleanly on SIGTERM', async () => {
    const served = await serve(tpe, ['--data', join(directory, 'data')]);
    expect((await runCommand(tpe, ['ready', '--url', served.url])).code).toBe(0);
    expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700);
    const files = readdirSync(join(directory, 'data'), { withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const { name } of files) expect(statSync(join(directory, 'data', name)).mode & 0o077).toBe(0);
    expect(await stop(served)).toMatchObject({ code: 0, stderr: '' });
  });

  it('stops cleanly on SIGHUP, when its terminal is closed', async () => {
    const served = await serve(tpe, ['--memory']);
    served.process.kill('SIGHUP');
    expect(await served.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('writes no token down, neither into its data nor into its log', async () => {
    const data = join(directory, 'tokens');
    const served = await serve(tpe, ['--data', data, '--pace', 'immediate']);
    const submit = (body: string) =>
      fetch(`${served.url}/m2/demo/v2/profile/batchUpdate`, {
        method: 'POST',
        body,
        headers: { authorization: 'Bearer tok-12345', cookie: 'session=tok-12345', 'x-api-key': 'tok-12345' },
      });
    await submit(`batch=pcId,a\n${'1,x\n'.repeat(50_000)}`);
    await served.printed(/complete/);
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['emulator.db', 'emulator.db-wal', 'body-1']));
    for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name)).includes('tok-')).toBe(false);
    const { stdout, stderr } = await stop(served);
    expect(stdout + stderr).not.toContain('tok-');
  });

  it('fails on purpose as --faults says, and does not start where that is wrong', async () => {
    const served = await serve(tpe, ['--memory', '--faults', '{"status": {"code": 502, "times": 1}}']);
    const submit = () =>
      fetch(`${served.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body: 'batch=pcId,a\n1,x' });
    expect([(await submit()).status, (await submit()).status]).toEqual([502, 200]);
    expect((await stop(served)).code).toBe(0);
    const wrong = '{"status": {"code": 200, "times": 0}, "thunder": {}}';
    const { code, stdout, stderr } = await runCommand(tpe, ['serve', '--memory', '--port', '0', '--faults', wrong]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^tpe: --faults: status\.times: .*; status\.code: .*; thunder: There is no such field\.\n$/);
  });

  it('goes on when nobody reads its log any more, says so, and stops cleanly', async () => {
    const served = await serve(tpe, ['--memory', '--pace', 'immediate']);
    served.process.stdout!.destroy();
    const submit = () =>
      fetch(`${served.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body: 'batch=pcId,a\n1,x' });
    await submit();
    expect(await served.complained(/\n/)).toMatch(/^tpe: nobody reads the log any more/);
    expect((await submit()).status).toBe(200);
    expect(await stop(served)).toMatchObject({ code: 0, stderr: expect.not.stringContaining('bug') });
  });

  it('refuses a second server on the same folder, temporarily', async () => {
    const data = join(directory, 'shared');
    const served = await serve(tpe, ['--data', data]);
    const second = await runCommand(tpe, ['serve', '--port', '0', '--data', data]);
    expect(second.code).toBe(5);
    expect(second.stderr).toContain(String(served.process.pid));
    await stop(served);
  });

  it('says who is in the way when its port is taken', async () => {
    const port = new URL(emulator.url).port;
    const { code, stderr } = await runCommand(tpe, ['serve', '--memory', '--port', port]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^tpe: .*in use.* Next: npx --no-install tpe serve --port 0 --memory\n$/);
  });

  it('prints a curl line that works as printed', async () => {
    const running = startCommand(tpe, ['serve', '--memory', '--pace', 'immediate', '--port', '0']);
    const banner = await running.printed(/__emulator.*\n/);
    expect(banner.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const curls = banner
      .replaceAll('\\\n', '')
      .split('\n')
      .filter((line) => line.startsWith('  curl '));
    expect(curls).toHaveLength(2);
    const answer = await runCommand('sh', ['-c', `${curls[0]} -sS`]);
    expect(answer.stdout).toContain('<success>true</success>');
    expect((await runCommand('sh', ['-c', `${curls[1]} -sS`])).stdout).toContain('"batchSize":4');
    await stop(running);
  });

  it('starts with the profiles of a file', async () => {
    const served = await serve(tpe, ['--memory', '--profiles', resolve('samples/crm-profiles.ndjson')]);
    const first = JSON.parse(readFileSync('samples/crm-profiles.ndjson', 'utf8').split('\n')[0]!) as {
      readonly thirdPartyId: string;
    };
    const reply = await fetch(`${served.url}/rest/v1/profiles/thirdPartyId/${first.thirdPartyId}?client=demo`);
    expect(reply.status).toBe(200);
    await stop(served);
  });

  it('names the line of a profiles file that is wrong, and does not start', async () => {
    const file = join(directory, 'profiles.ndjson');
    writeFileSync(file, '{"thirdPartyId":"C-1"}\n{"email":"x"}\n');
    const { code, stderr } = await runCommand(tpe, ['serve', '--memory', '--port', '0', '--profiles', file]);
    expect(code).toBe(3);
    expect(stderr).toContain(`${file}:2: email: There is no such field`);
  });
});

describe("the image's health check", () => {
  const ask = (url: string) => runCommand('scripts/healthcheck.sh', [], { env: { TPE_PORT: new URL(url).port } });
  it('says well of an emulator that is, and fails where there is none or something else answers', async () => {
    expect(await ask(emulator.url)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await ask('http://127.0.0.1:1')).code).not.toBe(0);
    const stranger = createServer((_, reply) => reply.end('hello')).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    expect((await ask(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}`)).code).not.toBe(0);
    stranger.close();
  });
});

describe('tpe ready', () => {
  it('waits for an emulator that is not there yet no longer than told', async () => {
    expect((await runCommand(tpe, ['ready', '--url', 'http://127.0.0.1:1', '--wait', '1'])).code).toBe(5);
  });
});

describe('a pipe that is closed early', () => {
  it.each([
    ['rules', 0],
    ['rules --json', 0],
    ['generate --rows 1000000', 0],
    ['rules --rule no-such-rule', 2],
  ])('tpe %s ends with its own exit code, and without a complaint about the pipe', async (args, code) => {
    const { stdout, stderr } = await runCommand('bash', ['-c', `${tpe} ${args} | true; echo "\${PIPESTATUS[0]}"`]);
    expect(stdout).toBe(`${code}\n`);
    expect(stderr).not.toMatch(/EPIPE|bug/);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a disk that is full for the output (/dev/full, where there is one)', () => {
  it.each([
    ['rules', 7],
    ['serve --help', 7],
    ['exec --help', 7],
    ['generate --rows 100000', 7],
    ['rules --rule no-such-rule', 2],
  ])('tpe %s exits %i, and says of its output that it is not whole', async (args, code) => {
    const { stdout, stderr } = await runCommand('bash', ['-c', `${tpe} ${args} >/dev/full; echo "$?"`]);
    expect([stdout, stderr.includes('could be written (ENOSPC)')]).toEqual([`${code}\n`, code === 7]);
    expect(stderr).not.toContain('bug');
  });

  it.each(['>/dev/full', '>/dev/full 2>&1'])('tpe serve %s goes on without its log', async (redirected) => {
    const pid = join(directory, 'log', 'lock.pid');
    const port = await freePort();
    const command = `${tpe} serve --data ${join(directory, 'log')} --port ${port} --pace immediate ${redirected}`;
    const running = startCommand('bash', ['-c', `${command}; echo "ended $?" >&2`]);
    const body = 'batch=pcId,a\n1,x';
    expect((await runCommand(tpe, ['ready', '--url', `http://127.0.0.1:${port}`, '--wait', '20'])).code).toBe(0);
    for (const _ of [1, 2, 3]) {
      const reply = await fetch(`http://127.0.0.1:${port}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body });
      expect(await reply.text()).toContain('<success>true</success>');
    }
    process.kill(Number(readFileSync(pid, 'utf8')));
    expect((await running.finished).stderr).toMatch(/ended 0\n$/);
  });
});

describe('connections that use up the descriptors before anything was asked', () => {
  it('are survived: when they are gone, batches are taken, and nothing was complained of', async () => {
    // Node 22 itself has up to 39 descriptors open, Node 24 fewer.
    const serving = `ulimit -n 50; exec ${tpe} serve --data ${join(directory, 'few')} --port 0 --pace immediate`;
    const running = startCommand('bash', ['-c', serving]);
    const url = /http:\/\/[\d.]+:\d+/.exec(await running.printed(/http:\/\/[\d.]+:\d+/))![0];
    const crowd = Array.from({ length: 80 }, () =>
      connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined),
    );
    const submitted = () =>
      fetch(`${url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body: 'batch=pcId,a\n1,x' })
        .then((reply) => reply.text())
        .catch(() => 'none');
    await Promise.race([submitted(), once(crowd.at(-1)!, 'close')]);
    for (const socket of crowd) socket.destroy();
    await expect.poll(submitted, { timeout: 20_000, interval: 100 }).toContain('<success>true</success>');
    running.process.kill();
    expect(await running.finished).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('tpe upload', () => {
  it('sends nothing and exits 3 when the file has a fault', async () => {
    const { code, stdout, stderr } = await runCommand(tpe, upload(sample, 'faulty'));
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/crm-export\.csv:161:1: .*\(key-3rd-chars\)/);
    const reply = await fetch(`${emulator.url}/__emulator/batches?client=faulty`);
    expect(await reply.json()).toMatchObject({ batches: [] });
  });

  it('v1-update-only: exits 4 when v1 found no profile', async () => {
    const { code, stdout } = await runCommand(tpe, upload(sample, 'nobody', '--api', 'v1', '--on-problem', 'skip'));
    expect(code).toBe(4);
    expect(stdout).toContain('Not found: v1 updates existing profiles only');
  });

  it('reconciles a large generated export with the profiles that it made', async () => {
    const options = { rows: 100_000, seed: 11 };
    const generated = await runCommand(tpe, ['generate', '--rows', String(options.rows), '--seed', '11']);
    const { code, stdout } = await runCommand(tpe, upload('-', 'large', '--json'), { input: generated.stdout });
    expect(code).toBe(0);
    const records = [...crmRecords(options)];
    const empty = records.filter(({ values }) => CRM_COLUMNS.every((column) => values[column] === undefined)).length;
    expect(JSON.parse(stdout)).toMatchObject({
      total: { submitted: options.rows, updated: options.rows - empty, ignored: empty, failed: 0, unaccounted: 0 },
    });
    for (const record of [records[0]!, records[54_321]!, records.at(-1)!]) {
      // oxlint-disable-next-line no-await-in-loop
      const reply = await fetch(`${emulator.url}/rest/v1/profiles/thirdPartyId/${record.id}?client=large`);
      // oxlint-disable-next-line no-await-in-loop
      const { profileAttributes } = (await reply.json()) as {
        readonly profileAttributes: Readonly<Record<string, { readonly value: string }>>;
      };
      const stored = Object.entries(profileAttributes).map(([name, { value }]) => [name, value]);
      const said = Object.entries(record.values).filter(([, value]) => value !== undefined);
      expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(said));
    }
  });

  it('goes on in any shell with the command it prints when interrupted, and leaves no temporary file', async () => {
    const slow = await serve(tpe, ['--memory', '--pace', 'manual']);
    const args = ['upload', '-', '--id-column', 'customer_id', '--client', 'demo'];
    const temporary = mkdtempSync(join(directory, 'tmp-'));
    const env = { TMPDIR: temporary, TPE_ENDPOINT: slow.url, TPE_DROP: 'secret', TPE_API: 'v1' };
    const running = startCommand(tpe, args, { input: 'customer_id,a,secret\nC-1,x,y\n', env });
    await running.complained(/part 1 accepted/);
    running.process.kill('SIGINT');
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    const [, next] = /Next:\n {2}(.* upload --resume .*)\n/.exec(stdout) ?? [];
    expect(next).toMatch(/ upload --resume \d{8}-\d{6}-\w{5} --state \/.*\/tpe$/);
    expect(readdirSync(temporary)).toEqual([]);

    await fetch(`${slow.url}/__emulator/clients/demo/release`, { method: 'POST' });
    // Another shell says other things; only the job counts.
    const elsewhere = { env: { TPE_ENDPOINT: 'http://127.0.0.1:1', TPE_CLIENT: 'other' } };
    const resumed = await runCommand('sh', ['-c', `${next} --json`], elsewhere);
    expect(resumed.code).toBe(4);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ state: 'rejected-rows', total: { notFound: 1 }, next: [] });
    expect((await runCommand(tpe, ['jobs', '--json', '--state', join(STATE_HOME, 'tpe')])).stdout).toContain('"ended"');
    await stop(slow);
  });

  it('says everything again that the environment said, where nothing is remembered', async () => {
    const env = { TPE_DROP: 'secret', TPE_API: 'v1', TPE_ENDPOINT: 'http://127.0.0.1:1' };
    const args = [
      'upload',
      sample,
      '--id-column',
      'customer_id',
      '--on-problem',
      'skip',
      '--client',
      'c',
      '--state',
      'off',
    ];
    const { code, stdout } = await runCommand(tpe, args, { env: { ...env, TPE_DROP: 'note' } });
    expect(code).toBe(5);
    expect(stdout).toContain('--endpoint http://127.0.0.1:1 --client c --api v1 --id-column customer_id --drop note');
    const dry = await runCommand(tpe, [...args, '--dry-run'], { env: { ...env, TPE_DROP: 'note' } });
    expect(dry.stdout).toContain('--api v1 --id-column customer_id --drop note');
  });

  it('exits 5 when nobody answers, and says how to go on', async () => {
    const args = ['upload', '-', '--id-column', 'id', '--client', 'c'];
    const { code, stdout } = await runCommand(tpe, [...args, '--endpoint', 'http://127.0.0.1:1'], {
      input: 'id,a\n1,b\n',
    });
    expect(code).toBe(5);
    expect(stdout).toContain(' upload --resume ');
  });

  it('exits 7 when the emulator refuses for good', async () => {
    const strict = await serve(tpe, ['--memory', '--mode', 'strict']);
    const args = ['upload', '-', '--id-column', 'id', '--client', 'unknown', '--endpoint', strict.url];
    const { code, stdout } = await runCommand(tpe, args, { input: 'id,a\n1,b\n' });
    expect(code).toBe(7);
    expect(stdout).toContain('target-profile-emulator:');
    await stop(strict);
  });

  it('never shows the token', async () => {
    const running = await runCommand(tpe, upload(sample, 'secret', '--on-problem', 'skip', '--json'), {
      env: { TPE_TOKEN: 'tok-12345' },
    });
    expect(running.code).toBe(4);
    expect(running.stdout + running.stderr).not.toContain('tok-12345');
  });
});
