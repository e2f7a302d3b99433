/** A folder on this machine in place of an SFTP account: `{client}.{alias}/crm.csv`, then `crm.fin`; for tests. */
import { constants, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { caFinName } from '../../protocol/rules/index.ts';
import type { Services } from '../http/services.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { type Account, accountOf, spooled, tooMuch } from './account.ts';
import type { AttributeFile } from '../store/store.ts';

/** Takes what has its `.fin`, and moves what has ended to `processed` or `failed`, with the reason beside it; gives what it moved. */
export function dropFolder(services: Services): (directory: string) => Promise<readonly AttributeFile[]> {
  const { reader, attributes, applied } = services;
  /** What was taken, by the place of its `.fin`, until it has ended and is moved. */
  const taken = new Map<string, number>();

  const takeAccount = async (root: string, account: Account) => {
    const names = filesIn(root);
    const underWay = reader
      .files(account.client, { alias: account.alias, limit: FILES_LOOKED_AT })
      .items.filter(({ status }) => status === 'waiting' || status === 'applying');
    for (const fin of names.filter((name) => name.endsWith('.fin'))) {
      const place = join(root, fin);
      const meant = names.filter((name) => caFinName.decide(fin, name));
      if (taken.has(place)) continue;
      const earlier = underWay.find((file) => file.fin === fin && meant.includes(file.name));
      if (earlier !== undefined) {
        // An earlier process had taken it: this one moves it when it has ended.
        taken.set(place, earlier.sequence);
        continue;
      }
      for (const name of meant) await upload(services, account, join(root, name), name);
      const file = await attributes.uploaded({ ...account, name: fin, bytes: 0 });
      await attributes.unpacked(file.sequence);
      taken.set(place, file.sequence);
    }
  };

  const moveEnded = (root: string): AttributeFile[] => {
    const moved: AttributeFile[] = [];
    const names = filesIn(root);
    for (const fin of names.filter((name) => name.endsWith('.fin'))) {
      const place = join(root, fin);
      const known = taken.get(place);
      const file = known === undefined ? undefined : reader.file(known);
      if (known !== undefined && file === undefined) taken.delete(place);
      if (file === undefined || (file.status !== 'processed' && file.status !== 'failed')) continue;
      const folder = folderIn(root, file.status);
      for (const name of [...names.filter((each) => caFinName.decide(fin, each)), fin])
        renameSync(join(root, name), freePlace(folder, name, file.sequence));
      if (file.fault !== undefined) {
        const { rule, message, row } = file.fault;
        const reason = `${row === undefined ? '' : `row ${row}: `}${message} (${rule})\n`;
        writeFileSync(freePlace(folder, `${fin}.txt`, file.sequence), reason, { flag: 'wx', mode: 0o600 });
      }
      taken.delete(place);
      moved.push(file);
    }
    return moved;
  };

  const take = async (directory: string) => {
    claim(directory);
    const accounts = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      // A symbolic link is no directory.
      const account = entry.isDirectory() ? accountOf(reader, entry.name) : undefined;
      return account === undefined ? [] : [{ root: join(directory, entry.name), account }];
    });
    for (const { root, account } of accounts) await takeAccount(root, account);
    for (const { account } of accounts) await applied(account.client);
    return accounts.flatMap(({ root }) => moveEnded(root));
  };
  /** One call after the other, or a file would be taken twice. */
  let turn: Promise<unknown> = Promise.resolve();
  return (directory) => {
    const mine = turn.then(() => take(directory));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** Whatever has become of the name since it was listed: through a link nothing is read. */
async function upload(
  { reader, bodies, attributes }: Services,
  account: Account,
  path: string,
  name: string,
): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return;
    const refused = tooMuch(reader, account, stats.size);
    if (refused !== undefined) throw new EmulatorError('folder-unusable', `${path}: ${refused}`);
    const chunks: AsyncIterable<Buffer> = handle.createReadStream({ autoClose: false });
    await spooled(bodies, chunks, (file) => attributes.uploaded({ ...account, name, ...file }));
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
