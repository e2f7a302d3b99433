/** What the SFTP door answers where a client asks for what is not there, not open, or too much: the status, and nothing changed. */
import ssh2, { type SFTPWrapper } from 'ssh2';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { type RunningEmulator, startEmulator } from '../../src/server/index.ts';

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator({ pace: 'manual', sftpPort: 0 });
});
afterAll(() => emulator.close());

let alias = 0;
beforeEach(async () => {
  alias += 1;
  await emulator.customerAttributes.setSource('demo', `a${alias}`, { password: 'secret' });
});

async function session(): Promise<SFTPWrapper> {
  const client = new ssh2.Client();
  onTestFinished(() => void client.end());
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('ready', () => client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error))));
    client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: `demo.a${alias}`, password: 'secret' });
  });
}

type Callback = (error?: Error | null, result?: unknown) => void;
/** What was answered: a result, or the code of the status with its message. */
const asked = (ask: (done: Callback) => unknown) =>
  new Promise<unknown>((resolve) =>
    ask((error, result) =>
      resolve(error ? { code: (error as Error & { code: number }).code, message: error.message } : result),
    ),
  );
const put = async (sftp: SFTPWrapper, name: string, text = 'id,tier\nC-1,gold\n') => {
  const handle = (await asked((done) => sftp.open(name, 'w', done))) as Buffer;
  await asked((done) => sftp.write(handle, Buffer.from(text), 0, text.length, 0, done));
  return asked((done) => sftp.close(handle, done));
};
const files = () =>
  emulator.customerAttributes.files('demo', `a${alias}`).items.map(({ name, status }) => `${name} ${status}`);

const [NO_SUCH_FILE, DENIED, FAILURE] = [2, 3, 4];

it('a handle that is not open is no file: WRITE, CLOSE, FSTAT and READDIR fail, by one that never was too', async () => {
  const sftp = await session();
  for (const handle of [Buffer.from([0, 0, 0, 9]), Buffer.from('handle')]) {
    expect(await asked((done) => sftp.write(handle, Buffer.from('x'), 0, 1, 0, done))).toMatchObject({
      code: FAILURE,
      message: 'It is not open.',
    });
    expect(await asked((done) => sftp.close(handle, done))).toMatchObject({ code: FAILURE });
    expect(await asked((done) => sftp.fstat(handle, done))).toMatchObject({ code: FAILURE });
    expect(await asked((done) => sftp.readdir(handle, done))).toMatchObject({ code: FAILURE });
  }
});

it('FSTAT of a file on its way tells how much of it is there; it is no folder that could be listed', async () => {
  const sftp = await session();
  const handle = (await asked((done) => sftp.open('crm.csv', 'w', done))) as Buffer;
  await asked((done) => sftp.write(handle, Buffer.from('id,tier\n'), 0, 8, 0, done));
  expect(await asked((done) => sftp.fstat(handle, done))).toMatchObject({ size: 8, mode: 0o100600 });
  expect(await asked((done) => sftp.readdir(handle, done))).toMatchObject({ code: FAILURE });
});

it('of a session 64 files are open at most, and the next can be opened when one is closed', async () => {
  const sftp = await session();
  const handles = await Promise.all(
    Array.from({ length: 64 }, (_, index) => asked((done) => sftp.open(`f${index}.csv`, 'w', done))),
  );
  const more = () => asked((done) => sftp.open('more.csv', 'w', done));
  expect(await more()).toMatchObject({ code: FAILURE, message: 'Too many open files.' });
  await asked((done) => sftp.close(handles[0] as Buffer, done));
  expect(await more()).toBeInstanceOf(Buffer);
});

it('what is not there is not renamed or removed, what is taken is not written over, and folders stay', async () => {
  const sftp = await session();
  await put(sftp, 'crm.csv');
  await put(sftp, 'other.csv');
  const rename = (from: string, to: string) => asked((done) => sftp.rename(from, to, done));
  expect(await rename('none.csv', 'some.csv')).toMatchObject({ code: NO_SUCH_FILE });
  expect(await rename('processed', 'some.csv')).toMatchObject({ code: NO_SUCH_FILE });
  expect(await rename('crm.csv', 'other.csv')).toMatchObject({ code: FAILURE });
  expect(await rename('crm.csv', 'processed/crm.csv')).toMatchObject({ code: DENIED });
  expect(await rename('crm.csv', 'a/b/c')).toMatchObject({ code: DENIED });
  for (const name of ['none.csv', 'processed', '/'])
    expect(await asked((done) => sftp.unlink(name, done))).toMatchObject({ code: NO_SUCH_FILE });
  for (const name of ['none', 'crm.csv'])
    expect(await asked((done) => sftp.opendir(name, done))).toMatchObject({ code: NO_SUCH_FILE });
  expect(files().toSorted()).toEqual(['crm.csv uploaded', 'other.csv uploaded']);
});

it('ca-fin: what waits for its turn is neither renamed nor removed', async () => {
  await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
  const sftp = await session();
  await put(sftp, 'crm.csv');
  await put(sftp, 'crm.fin', '');
  expect(files()).toEqual(['crm.csv waiting']);
  for (const name of ['crm.csv', 'crm.fin']) {
    expect(await asked((done) => sftp.unlink(name, done))).toMatchObject({ code: DENIED });
    expect(await asked((done) => sftp.rename(name, 'other.csv', done))).toMatchObject({ code: DENIED });
  }
  expect(files()).toEqual(['crm.csv waiting']);
  await emulator.advance(60_000);
  expect(files()).toEqual(['crm.csv processed']);
  // Its .fin stands beside it, and goes with it alone.
  expect(await asked((done) => sftp.unlink('processed/crm.fin', done))).toBeUndefined();
  expect(files()).toEqual(['crm.csv processed']);
  expect(await asked((done) => sftp.unlink('processed/crm.csv', done))).toBeUndefined();
  expect(files()).toEqual([]);
});

it('names that nobody could read are no files: control characters, and more than 255', async () => {
  const sftp = await session();
  for (const name of ['a\u0007b.csv', `${'x'.repeat(256)}.csv`])
    expect(await asked((done) => sftp.open(name, 'w', done))).toMatchObject({ code: NO_SUCH_FILE });
  expect(await asked((done) => sftp.realpath('a\u0007b', done))).toBe('/');
});

it('a file that is cut off with its connection leaves nothing, however much of it had arrived', async () => {
  const sftp = await session();
  const handle = (await asked((done) => sftp.open('cut.csv', 'w', done))) as Buffer;
  const data = Buffer.alloc(200_000, 'x');
  await asked((done) => sftp.write(handle, data, 0, data.length, 0, done));
  sftp.end();
  await vi.waitFor(async () => {
    const again = await session();
    await put(again, 'cut.csv');
    expect(files()).toEqual(['cut.csv uploaded']);
  });
});

it('whoever tries passwords is let go after twelve, and nobody who knows theirs is kept out', async () => {
  const client = new ssh2.Client();
  let tries = 0;
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => undefined);
    client.on('close', resolve);
  });
  const authHandler = (_: unknown, __: unknown, next: (method: object | false) => void) => {
    tries += 1;
    next({ type: 'password', username: `demo.a${alias}`, password: tries > 13 ? 'secret' : `guess-${tries}` });
  };
  client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: `demo.a${alias}`, authHandler } as never);
  await ended;
  expect(tries).toBe(13);
  expect(await asked((done) => void session().then((sftp) => sftp.readdir('/', done)))).toBeInstanceOf(Array);
});
