/** A folder on this machine in place of an SFTP account: `{client}.{alias}/crm.csv`, then `crm.fin`; for tests. */
import {
  type BigIntStats,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { caFinName } from '../../protocol/rules/index.ts';
import { faultText } from '../../protocol/vocabulary/index.ts';
import type { Services } from '../http/services.ts';
import { realClock } from '../runtime/clock.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { type Account, accountOf, spooled, tooMuch } from './account.ts';
import type { AttributeFile } from '../store/store.ts';

/** Takes what has its `.fin`, and moves what has ended to `processed` or `failed`, with the reason beside it; gives what it moved. */
export function dropFolder(services: Services): (directory: string) => Promise<readonly AttributeFile[]> {
  const { reader, attributes, applied, clocks } = services;
  /** What was taken, by the place of its `.fin`, until it has ended and is moved. */
  const taken = new Map<string, Taken>();
  /** Accounts whose leftovers of an earlier process are sorted out. */
  const known = new Set<string>();

  /** What an earlier process made of what lies there: it is not applied once more. */
  const takenEarlier = (root: string, { client, alias }: Account, fin: string, names: readonly string[]) => {
    const files = reader
      .files(client, { alias, limit: FILES_LOOKED_AT })
      .items.filter((file) => file.fin === fin || file.name === fin);
    const [newest] = files;
    if (newest === undefined) return undefined;
    const stats = new Map(names.map((name) => [name, statsOf(join(root, name))]));
    const bytesOf = (name: string) => files.find((file) => file.name === name)?.bytes;
    const isTheSame = names.every((name) => name === fin || bytesOf(name) === Number(stats.get(name)?.size));
    const receivedAt = newest.receivedAt - clocks.aheadMs(client);
    // Times of files are the machine's own: by a clock ahead of it nothing is told.
    const isOlder = receivedAt <= realClock().now() && names.every((name) => changedAt(stats.get(name)) <= receivedAt);
    if (!isTheSame || (hasEnded(newest) && !isOlder)) return undefined;
    return { sequence: newest.sequence, lying: new Map(names.map((name) => [name, identityOf(stats.get(name))])) };
  };

  const takeAccount = async (root: string, account: Account) => {
    for (const { fin, place, meant } of finsIn(root)) {
      const mine = taken.get(place);
      // It went with its client code, should that have been dropped: what lies there is then meant for its next life.
      if (mine !== undefined && reader.file(mine.sequence) !== undefined) continue;
      const earlier = known.has(root) ? undefined : takenEarlier(root, account, fin, [...meant, fin]);
      if (earlier !== undefined) {
        taken.set(place, earlier);
        continue;
      }
      const lying = new Map([[fin, identityOf(statsOf(place))]]);
      for (const name of meant) lying.set(name, await upload(services, account, join(root, name), name));
      const sequence = await attributes.uploaded({ ...account, name: fin, bytes: 0 });
      taken.set(place, { sequence, lying });
      await attributes.unpacked(sequence);
    }
    known.add(root);
  };

  const moveEnded = (root: string, moved: AttributeFile[]) => {
    for (const { fin, place, names } of finsIn(root)) {
      const mine = taken.get(place);
      const file = mine && reader.file(mine.sequence);
      if (mine === undefined || file === undefined || !hasEnded(file)) continue;
      // The .fin goes last: without it, what a kill leaves here would never be moved.
      const read = [...names.filter((name) => name !== fin && mine.lying.has(name)), fin];
      if (read.every((name) => identityOf(statsOf(join(root, name))) === mine.lying.get(name))) {
        const folder = folderIn(root, file.status);
        for (const name of read) renameSync(join(root, name), freePlace(folder, name, file.sequence));
        if (file.fault !== undefined) {
          const reason = `${faultText(file.fault)} (${file.fault.rule})\n`;
          writeFileSync(freePlace(folder, `${fin}.txt`, file.sequence), reason, { flag: 'wx', mode: 0o600 });
        }
        moved.push(file);
      }
      // Or another was put in its place meanwhile, which nobody has read: the next look takes it.
      taken.delete(place);
    }
  };

  const take = async (directory: string) => {
    claim(directory);
    const accounts = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      // A symbolic link is no directory.
      const account = entry.isDirectory() ? accountOf(reader, entry.name) : undefined;
      return account === undefined ? [] : [{ root: join(directory, entry.name), account }];
    });
    const errors: unknown[] = [];
    /** One that cannot be taken does not stop the others. */
    const ofEach = async (step: (root: string, account: Account) => unknown) => {
      for (const { root, account } of accounts) {
        try {
          await step(root, account);
        } catch (error) {
          errors.push(error);
        }
      }
    };
    const moved: AttributeFile[] = [];
    await ofEach(takeAccount);
    await ofEach((_, { client }) => applied(client));
    await ofEach((root) => moveEnded(root, moved));
    if (errors.length > 0) throw errors[0];
    return moved;
  };
  /** One call after the other, or a file would be taken twice. */
  let turn: Promise<unknown> = Promise.resolve();
  return (directory) => {
    const mine = turn.then(() => take(directory));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** A file that is on its way, and what lay there when it was read, by name. */
interface Taken {
  readonly sequence: number;
  readonly lying: ReadonlyMap<string, string>;
}

const hasEnded = ({ status }: AttributeFile) => status === 'processed' || status === 'failed';

/** Each `.fin`, with what it means of all that lies there. */
function finsIn(root: string) {
  const names = filesIn(root);
  return names
    .filter((name) => name.endsWith('.fin'))
    .map((fin) => ({ fin, place: join(root, fin), names, meant: names.filter((name) => caFinName.decide(fin, name)) }));
}

const statsOf = (path: string) => lstatSync(path, { bigint: true, throwIfNoEntry: false });

/** Another after whatever was written to it or put in its place. */
const identityOf = (stats: BigIntStats | undefined): string =>
  stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs].join('/');

/** Milliseconds; that of its entry counts too, for whoever moves or copies a file may keep its time. */
const changedAt = (stats: BigIntStats | undefined): number =>
  stats === undefined ? Infinity : Number((stats.mtimeNs > stats.ctimeNs ? stats.mtimeNs : stats.ctimeNs) / 1_000_000n);

/** Whatever has become of the name since it was listed: through a link nothing is read. Gives what it was before it was read. */
async function upload({ reader, bodies, attributes }: Services, account: Account, path: string, name: string) {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) return '';
    const refused = tooMuch(reader, account, Number(stats.size), name);
    if (refused !== undefined) throw new EmulatorError('folder-unusable', `${path}: ${refused}`);
    const chunks: AsyncIterable<Buffer> = handle.createReadStream({ autoClose: false });
    await spooled(bodies, chunks, (file) => attributes.uploaded({ ...account, name, ...file }));
    return identityOf(stats);
  } finally {
    await handle.close();
  }
}

/** Ours by its mark; an empty one becomes ours. Throws an `EmulatorError` for another. */
function claim(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const mark = join(directory, MARK);
  const stats = lstatSync(mark, { throwIfNoEntry: false });
  if (stats?.isFile() === true && readFileSync(mark, 'utf8') === MARK_TEXT) return;
  if (stats === undefined && readdirSync(directory).length === 0) {
    writeFileSync(mark, MARK_TEXT, { flag: 'wx', mode: 0o600 });
    return;
  }
  const message = `${directory} holds what is not ours. Name an empty directory, or one that does not exist.`;
  throw new EmulatorError('folder-unusable', message);
}

/** Links, folders and names with control characters are not looked at. */
const filesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\p{Cc}/u.test(entry.name))
    .map(({ name }) => name)
    .toSorted();

function folderIn(root: string, name: string): string {
  const folder = join(root, name);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) mkdirSync(folder, { mode: 0o700 });
  else if (!stats.isDirectory()) throw new EmulatorError('folder-unusable', `${folder} is no directory. Move it away.`);
  return folder;
}

/** Nothing that lies there is written over. */
function freePlace(folder: string, name: string, sequence: number): string {
  const isTaken = lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
  return join(folder, isTaken ? `${sequence}-${name}` : name);
}

const FILES_LOOKED_AT = 1_000;
const MARK = '.tpe-attributes';
const MARK_TEXT = 'A folder of target-profile-emulator, which takes files from it and moves them.\n';
