import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmulatorErrorCode } from '../../src/server/runtime/emulator-error.ts';
import { claimDirectory } from '../../src/server/store/claim-directory.ts';
import { openReader } from '../../src/server/store/sqlite-reader.ts';
import { directoryPlace } from '../../src/server/store/store-place.ts';
import { openTestStore, thirdPartyId, type TestStore } from '../unit/server/store/store-fixture.ts';

let directory: string;
let opened: TestStore[];
const rows = [{ id: 'T', values: { a: '1' } }];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'tpe-store-')), 'data');
  opened = [];
});

afterEach(() => {
  for (const each of opened) close(each);
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

function open(): TestStore {
  const each = openTestStore({ directory });
  opened.push(each);
  return each;
}

function close({ reader, store }: TestStore): void {
  reader.close();
  store.close();
}

function refusal(): { code: EmulatorErrorCode; message: string } {
  try {
    claimDirectory(directory).release();
  } catch (error) {
    return error as { code: EmulatorErrorCode; message: string };
  }
  throw new Error('was not refused');
}

async function spool({ bodies }: TestStore, bytes: number) {
  const sink = bodies.open();
  await sink.write(Buffer.alloc(bytes, 'x'));
  return sink;
}

describe('a data directory', () => {
  it('is closed to others, with all that is in it', async () => {
    const previous = process.umask(0);
    try {
      const each = open();
      each.apply({ rows });
      await (await spool(each, 100_000)).finish();
      const mode = (...path: string[]) => statSync(join(directory, ...path)).mode & 0o777;
      expect([mode(), mode('spool')]).toEqual([0o700, 0o700]);
      const files = readdirSync(directory).filter((name) => name !== 'spool');
      expect(files.toSorted()).toEqual([
        '.tpe-data',
        'emulator.db',
        'emulator.db-shm',
        'emulator.db-wal',
        'lock',
        'lock.pid',
      ]);
      expect(files.map((name) => mode(name))).toEqual(files.map(() => 0o600));
      expect(readdirSync(join(directory, 'spool')).map((name) => mode('spool', name))).toEqual([0o600]);
    } finally {
      process.umask(previous);
    }
  });

  it('is narrowed when it was there before', () => {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    open();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it.each(['.gitkeep', 'lost+found'])('is narrowed when %s was there before', (name) => {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, name), '');
    open();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('keeps profiles, batches, outcomes and waiting work over a restart', () => {
    const first = open();
    const done = first.apply({ rows, body: { kind: 'inline', bytes: Buffer.from('batch=thirdPartyId,a\nT,1') } });
    const waiting = first.accept({ rows: [...rows, ...rows] });
    first.applySome({ rows: [...rows, ...rows] }, 1);
    close(first);
    const again = open();
    expect(again.attributes(thirdPartyId('T'))).toEqual(new Map([['a', '1']]));
    expect(again.reader.rows(done, { limit: 1 }).items).toMatchObject([{ id: 'T', outcome: 'created' }]);
    expect(again.store.heads()).toMatchObject([{ batchId: waiting, consumedCount: 1, order: 'key' }]);
    again.applySome({ rows: [...rows, ...rows] }, 1);
    expect(again.reader.batch(waiting)).toMatchObject({ status: 'complete', successfulUpdates: 2 });
  });

  it('a reader sees each commit of the writer, names that are new to it too', () => {
    const { apply, attributes } = open();
    apply({ rows });
    expect(attributes(thirdPartyId('T'))).toEqual(new Map([['a', '1']]));
    apply({ api: 'v1', rows: [{ id: 'T', values: { later: '2' } }] });
    expect(attributes(thirdPartyId('T'))).toEqual(
      new Map([
        ['a', '1'],
        ['later', '2'],
      ]),
    );
  });

  it('spooled bodies of batches outlive a restart, others are deleted at open', async () => {
    const first = open();
    const body = await (await spool(first, 70_000)).finish();
    const batchId = first.accept({ rows, body });
    await (await spool(first, 80_000)).finish();
    const cutOff = await spool(first, 90_000);
    expect(readdirSync(join(directory, 'spool'))).toHaveLength(3);
    close(first);
    const again = open();
    expect(readdirSync(join(directory, 'spool'))).toHaveLength(1);
    expect(again.store.readBody(again.store.heads()[0]!.sequence)).toHaveLength(70_000);
    const other = await (await spool(again, 70_001)).finish();
    expect(other).not.toMatchObject({ name: body.kind === 'spooled' && body.name });
    again.applySome({ rows }, 1);
    expect(again.reader.rows(batchId, { limit: 1 }).items).toHaveLength(1);
    await cutOff.discard();
  });

  it('a discarded body leaves no file', async () => {
    const each = open();
    await (await spool(each, 100_000)).discard();
    expect(readdirSync(join(directory, 'spool'))).toEqual([]);
  });

  it('a spool file that is lost is no body', async () => {
    const each = open();
    each.accept({ rows, body: await (await spool(each, 70_000)).finish() });
    for (const name of readdirSync(join(directory, 'spool'))) rmSync(join(directory, 'spool', name));
    expect(each.store.readBody(1)).toBeUndefined();
  });
});

describe('the death of the process', () => {
  it('at any moment loses no accepted batch, and each row is applied once', () => {
    const batch = {
      rows: Array.from({ length: 6 }, (_, index) => ({ id: `T${index % 4}`, values: { [`n${index}`]: 'v' } })),
    };
    const whole = openTestStore();
    whole.apply(batch);
    const ids = [...new Set(batch.rows.map(({ id }) => id))];
    const profilesOf = ({ attributes }: TestStore) => ids.map((id) => attributes(thirdPartyId(id)));

    const dying = open();
    const batchId = dying.accept(batch);
    for (let applied = 0; applied <= batch.rows.length; applied += 1) {
      // What the system has been given by now is all that a killed process leaves.
      const remains = join(directory, '..', `killed-after-${applied}`);
      cpSync(directory, remains, { recursive: true });
      const again = openTestStore({ directory: remains });
      opened.push(again);
      expect(again.reader.batch(batchId)).toMatchObject({ consumedCount: applied, batchSize: batch.rows.length });
      for (let row = applied; row < batch.rows.length; row += 1) again.applySome(batch, 1);
      expect(profilesOf(again)).toEqual(profilesOf(whole));
      expect(again.reader.batch(batchId)).toMatchObject({
        status: 'complete',
        successfulUpdates: 6,
        createdProfiles: 4,
      });
      if (applied < batch.rows.length) dying.applySome(batch, 1);
    }
  });
});

describe('the lock of a data directory', () => {
  let holder: ChildProcess | undefined;

  afterEach(() => holder?.kill('SIGKILL'));

  it('refuses a second server in the same process, and lets it in after the first has closed', () => {
    const first = open();
    expect(refusal()).toMatchObject({
      code: 'data-directory-in-use',
      message: expect.stringContaining(`${process.pid}`),
    });
    // The refusal must not have taken the lock away.
    expect(refusal().code).toBe('data-directory-in-use');
    close(first);
    open();
  });

  it('refuses it while another process lives, naming that one, and not a moment longer', async () => {
    close(open());
    const lockAndWait = `
      const Sqlite = require('better-sqlite3');
      const lock = new Sqlite(${JSON.stringify(join(directory, 'lock'))});
      lock.exec('BEGIN EXCLUSIVE');
      require('node:fs').writeFileSync(${JSON.stringify(join(directory, 'lock.pid'))}, process.pid + '\\n');
      console.log('locked');
      process.stdin.resume();
    `;
    holder = spawn(process.execPath, ['-e', lockAndWait], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout!, 'data');
    expect(refusal()).toMatchObject({
      code: 'data-directory-in-use',
      message: expect.stringContaining(`process ${holder.pid}`),
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    open();
  });
});

describe('what is not ours', () => {
  /** Name, mode and content of everything beneath. */
  const everythingIn = (place: string) =>
    readdirSync(place, { recursive: true, encoding: 'utf8' })
      .toSorted()
      .map((name) => {
        const stats = lstatSync(join(place, name));
        return [name, stats.mode, stats.isFile() ? readFileSync(join(place, name), 'latin1') : undefined];
      });

  function expectLeftAsItWas(looked: string, code: EmulatorErrorCode = 'data-directory-unusable') {
    const before = [statSync(looked).mode, everythingIn(looked)];
    const { message, ...refused } = refusal();
    expect(refused.code).toBe(code);
    expect([statSync(looked).mode, everythingIn(looked)]).toEqual(before);
    return message;
  }

  it('is refused with a remedy that works, whatever it is called, and left as it was', () => {
    mkdirSync(join(directory, 'snapshots'), { recursive: true });
    mkdirSync(join(directory, 'spool'));
    for (const name of ['snapshots/a', 'snapshots/1.db', 'spool/b', 'spool/body-1', 'lock.pid', 'journal.db']) {
      writeFileSync(join(directory, name), 'x');
    }
    chmodSync(directory, 0o700);
    const remedy = /inside it: (.+)\.$/.exec(expectLeftAsItWas(directory))?.[1];
    directory = remedy!;
    open();
    expect(readdirSync(directory)).toContain('emulator.db');
  });

  it.each(['spool', 'snapshots', 'emulator.db', 'journal.db', 'lock', 'lock.pid', '.tpe-data', 'notes.txt', '.env'])(
    'is known by the lack of our mark, though it be called %s',
    (name) => {
      mkdirSync(directory);
      chmodSync(directory, 0o1777);
      writeFileSync(join(directory, name), 'of somebody else');
      expect(expectLeftAsItWas(directory)).toContain(`"${name}"`);
    },
  );

  it.each(['spool', 'snapshots', 'emulator.db', 'emulator.db-wal', 'journal.db', 'journal.db-shm', 'lock', 'lock.pid'])(
    'and lies behind a link called %s is refused: it keeps its files and its mode',
    (name) => {
      close(open());
      const elsewhere = join(directory, '..', 'elsewhere');
      const isDirectory = name === 'spool' || name === 'snapshots';
      if (isDirectory) mkdirSync(elsewhere, { mode: 0o755 });
      else writeFileSync(elsewhere, 'theirs', { mode: 0o644 });
      if (isDirectory) writeFileSync(join(elsewhere, name === 'spool' ? 'body-1' : '1.db'), 'theirs');
      rmSync(join(directory, name), { recursive: true, force: true });
      symlinkSync(elsewhere, join(directory, name));
      expect(expectLeftAsItWas(join(directory, '..'))).toContain('symbolic link');
    },
  );

  it('and lies among ours is left alone: names that we would not give, and directories of names that we would', () => {
    close(open());
    mkdirSync(join(directory, 'snapshots', '2.db'), { recursive: true });
    mkdirSync(join(directory, 'spool', 'body-2'));
    for (const name of ['notes.txt', 'spool/of-theirs', 'spool/body-1x', 'snapshots/a', 'snapshots/2.db/deep']) {
      writeFileSync(join(directory, name), 'theirs');
    }
    for (const name of ['spool/body-1', 'snapshots/1.db']) writeFileSync(join(directory, name), 'ours');
    claimDirectory(directory).release();
    expect(readdirSync(directory)).toContain('notes.txt');
    expect(readdirSync(join(directory, 'spool')).toSorted()).toEqual(['body-1x', 'body-2', 'of-theirs']);
    expect(readdirSync(join(directory, 'snapshots')).toSorted()).toEqual(['2.db', 'a']);
    expect(readFileSync(join(directory, 'snapshots/2.db/deep'), 'utf8')).toBe('theirs');
  });
});

it('a directory that holds a database of ours and no mark is refused, and left as it was', () => {
  close(open());
  rmSync(join(directory, '.tpe-data'));
  const before = readdirSync(directory);
  expect(refusal()).toMatchObject({ code: 'data-directory-unusable', message: expect.stringContaining('emulator.db') });
  expect(readdirSync(directory)).toEqual(before);
});

describe('a directory that cannot be used', () => {
  it('a database of a newer release is refused with its version, and left as it was', () => {
    close(open());
    const path = join(directory, 'emulator.db');
    const database = new Sqlite(path);
    database.pragma('user_version = 99');
    database.close();
    expect(refusal()).toMatchObject({ code: 'database-newer', message: expect.stringContaining('version 99') });
    const after = new Sqlite(path, { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  it('a database of another program is refused, and left as it was', () => {
    close(open());
    rmSync(join(directory, 'emulator.db'));
    const database = new Sqlite(join(directory, 'emulator.db'));
    database.exec('CREATE TABLE notes (text)');
    database.close();
    expect(refusal().code).toBe('database-unusable');
    expect(readdirSync(directory)).not.toContain('emulator.db-wal');
  });

  it('a file that is no database is refused with a remedy', () => {
    close(open());
    writeFileSync(join(directory, 'emulator.db'), 'x'.repeat(5_000));
    expect(refusal()).toMatchObject({
      code: 'database-unusable',
      message: expect.stringContaining('Move it away'),
    });
  });

  it('a file in its place is refused with a remedy', () => {
    writeFileSync(directory, '');
    expect(refusal()).toMatchObject({ code: 'data-directory-unusable' });
  });

  it('a reader refuses where no database is', () => {
    mkdirSync(directory);
    expect(() => openReader(directoryPlace(directory))).toThrow(
      expect.objectContaining({ code: 'data-directory-unusable' }),
    );
  });
});

describe("somebody else's directory that may be written to, as a mounted volume with a group", () => {
  const isRoot = process.getuid?.() === 0;
  it.skipIf(!isRoot)('is taken, with files that are ours alone (only root can make one here)', () => {
    const [uid, gid] = [65_533, 65_532];
    const home = join(directory, '..');
    chmodSync(home, 0o755);
    mkdirSync(directory);
    chownSync(directory, 0, gid);
    chmodSync(directory, 0o2770);
    process.setegid!(gid);
    process.seteuid!(uid);
    try {
      const claim = claimDirectory(directory);
      claim.release();
      expect(statSync(directory).uid).toBe(0);
      expect(statSync(join(directory, 'emulator.db'))).toMatchObject({ uid });
      expect(statSync(join(directory, 'emulator.db')).mode & 0o077).toBe(0);
      expect(statSync(directory).mode & 0o777).toBe(0o770);
      claimDirectory(directory).release();
    } finally {
      process.seteuid!(0);
      process.setegid!(0);
    }
  });
});

it('our-queue-bound: at the start what waits is counted anew, where a restore of an earlier build counted too much', () => {
  const first = open();
  first.accept({ rows });
  close(opened.pop()!);
  claimDirectory(directory).release();
  const hurt = new Sqlite(directoryPlace(directory).name + '/emulator.db');
  const counts = () => hurt.prepare('SELECT waiting_batches, waiting_bytes FROM client').raw().all();
  const truth = counts();
  expect(truth).toMatchObject([[1, expect.any(Number)]]);
  hurt.exec('UPDATE client SET waiting_batches = waiting_batches + 90, waiting_bytes = waiting_bytes + 9000');
  claimDirectory(directory).release();
  expect(counts()).toEqual(truth);
  hurt.close();
});
