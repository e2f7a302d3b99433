/** One SFTP session of an account: files are written from their start to their end, listed, renamed in the root, removed. */
import { posix } from 'node:path';
import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2';
import { caSize } from '../../protocol/rules/index.ts';
import type { Services } from '../http/services.ts';
import type { BodySink } from '../store/store.ts';
import { type Account, tooMuch } from '../attributes/account.ts';
import { reasonOf } from '../runtime/emulator-error.ts';
import { entriesOf, type Entry, folderEntry, leavesRoot, nameIn, placeOf } from './account-files.ts';

/** Of SFTP, version 3. */
const STATUS = { ok: 0, eof: 1, noSuchFile: 2, denied: 3, failure: 4, unsupported: 8 } as const;
const OPEN = { write: 0x02, append: 0x04, create: 0x08, truncate: 0x10, exclusive: 0x20 } as const;

const newUpload = (name: string, replaces: 'always' | 'by bytes' | 'never', sink: BodySink) => ({
  name,
  /**
   * Whether its client meant it to take the place of another of its name. `scp` opens without saying so and writes from the
   * start; whoever writes nothing then has found that all of it is there.
   */
  replaces,
  sink,
  bytes: 0,
  tail: Promise.resolve(),
  /** By where it belongs: some clients send pieces side by side, and the second half of one after the next one's first. */
  early: new Map<number, Buffer>(),
  /** What `early` is charged with. */
  earlyBytes: 0,
  /** Why a piece of it was refused: a client may read no status but the last, and part of a file is no file. */
  refusal: undefined as string | undefined,
});
type Upload = ReturnType<typeof newUpload>;

type Handle = { readonly upload: Upload } | { readonly names: readonly FileEntry[]; isTold: boolean };

/**
 * `isLetIn` says whether who came in would come in now: asked before anything is looked up, begun or kept. `onRefused` is told
 * of what was not done, `OPEN crm.csv`, and why: a client may show its user neither.
 */
export function sftpSession(
  sftp: SFTPWrapper,
  services: Services,
  account: Account,
  isLetIn: () => boolean,
  onRefused: (what: string, reason: string) => void,
): void {
  const { reader, writer, bodies, attributes } = services;
  const handles = new Map<number, Handle>();
  let lastHandle = 0;
  /** In their place and not yet written, of all files together. */
  let waitingBytes = 0;
  /** One after the other, as they came: a rename may follow the upload it is about. */
  let turn: Promise<void> = Promise.resolve();

  const find = (path: string): Entry | undefined => {
    const place = isLetIn() ? placeOf(path) : undefined;
    if (place?.name === '') return folderEntry(place.folder);
    return place && entriesOf(reader, account, place.folder).find(({ name }) => name === place.name);
  };
  const refuse = (request: number, what: string, status: number, reason: string) => {
    onRefused(what, reason);
    sftp.status(request, status, reason);
  };
  const opened = (request: number, what: string, handle: Handle) => {
    if (!isLetIn()) return refuse(request, what, STATUS.denied, LET_OUT);
    if (handles.size >= HANDLES_MAX) return refuse(request, what, STATUS.failure, 'Too many open files.');
    lastHandle += 1;
    handles.set(lastHandle, handle);
    const id = Buffer.alloc(4);
    id.writeUInt32BE(lastHandle);
    sftp.handle(request, id);
  };
  const handleOf = (id: Buffer) => (id.length === 4 ? handles.get(id.readUInt32BE()) : undefined);
  const uploadOf = (id: Buffer) => {
    const handle = handleOf(id);
    return handle !== undefined && 'upload' in handle ? handle.upload : undefined;
  };
  /** Without `what` it is told elsewhere. */
  const answer = async (request: number, what: string | undefined, status: Promise<number>) => {
    try {
      sftp.status(request, await status);
    } catch (error) {
      const reason = reasonOf(error);
      if (what !== undefined) onRefused(what, reason);
      sftp.status(request, error instanceof Denied ? STATUS.denied : STATUS.failure, reason);
    }
  };
  const inTurn = (request: number, what: string | undefined, work: () => Promise<number>) => {
    turn = answer(request, what, turn.then(work));
  };
  /** Whether it was written, `tail` tells. */
  const write = (upload: Upload, data: Buffer): void => {
    const { tail } = upload;
    upload.bytes += data.length;
    waitingBytes += chargeOf(data);
    const tooLarge = caSize.decide(upload.bytes);
    const written = async () => {
      try {
        await tail;
        if (tooLarge !== undefined) throw new Error(tooLarge.message);
        await upload.sink.write(data);
      } finally {
        waitingBytes -= chargeOf(data);
      }
    };
    upload.tail = written();
  };
  const refusalOf = (upload: Upload, offset: number, earlyBytes: number): string | undefined => {
    if (offset < upload.bytes) return 'Write from the start to the end.';
    if (offset === upload.bytes) return waitingBytes > WAITING_BYTES_MAX ? TOO_MUCH : undefined;
    let held = earlyBytes;
    for (const handle of handles.values()) if ('upload' in handle) held += handle.upload.earlyBytes;
    return held > EARLY_BYTES_MAX ? TOO_MUCH : undefined;
  };
  /** Above the root is nothing. Whoever meant to put a file there finds it among the failed, with the reason. */
  const outside = (request: number, what: string, path: string, isArriving: boolean) => {
    const name = nameIn(path);
    inTurn(request, isArriving ? undefined : `${what} ${name}`, async () => {
      const message = `A path must not lead out of the root: ${JSON.stringify(path).slice(0, PATH_SHOWN_MAX)}.`;
      if (isArriving && isLetIn())
        await attributes.refused({ ...account, name, bytes: 0 }, { rule: 'ca-root', message });
      throw new Denied(message);
    });
  };
  const taken = (request: number) => sftp.status(request, STATUS.ok);
  const stat = (request: number, path: string) => {
    const entry = find(path);
    if (entry === undefined) sftp.status(request, STATUS.noSuchFile);
    else sftp.attrs(request, attributesOf(entry));
  };

  sftp.on('OPEN', (request, path, flags) => {
    const isWritten = (flags & OPEN.write) !== 0;
    if (leavesRoot(path)) return outside(request, 'OPEN', path, isWritten);
    const place = placeOf(path);
    const what = `OPEN ${nameIn(path)}`;
    if (place === undefined)
      return refuse(request, what, STATUS.noSuchFile, 'There is no such folder, and none is made.');
    if (place.name === '' || place.folder !== '' || !isWritten)
      return refuse(request, what, STATUS.denied, 'Files are uploaded to the root, and are not given back.');
    const isBeside = (flags & (OPEN.append | OPEN.exclusive)) !== 0 || (flags & (OPEN.create | OPEN.truncate)) === 0;
    const replaces = isBeside ? 'never' : (flags & OPEN.truncate) === 0 ? 'by bytes' : 'always';
    if (isBeside && find(path) !== undefined) return refuse(request, what, STATUS.unsupported, NO_APPENDING);
    opened(request, what, { upload: newUpload(place.name, replaces, bodies.open()) });
  });
  sftp.on('WRITE', (request, id, offset, data) => {
    const upload = uploadOf(id);
    if (upload === undefined) return sftp.status(request, STATUS.failure, 'It is not open.');
    if (data.length === 0 && upload.refusal === undefined) return sftp.status(request, STATUS.ok);
    const replaced = upload.early.get(offset);
    const earlyBytes = chargeOf(data) - (replaced === undefined ? 0 : chargeOf(replaced));
    upload.refusal ??= refusalOf(upload, offset, earlyBytes);
    if (upload.refusal !== undefined) {
      forget(upload);
      return sftp.status(request, STATUS.failure, upload.refusal);
    }
    upload.early.set(offset, data);
    upload.earlyBytes += earlyBytes;
    for (let next = upload.early.get(upload.bytes); next !== undefined; next = upload.early.get(upload.bytes)) {
      upload.early.delete(upload.bytes);
      upload.earlyBytes -= chargeOf(next);
      write(upload, next);
    }
    // One that came early is not answered when its turn has come, or who leaves a hole would wait for ever; it is seen at the
    // end. But after what waits for the disk already, or who reads answers would send faster than is written.
    void answer(
      request,
      undefined,
      upload.tail.then(() => STATUS.ok),
    );
  });
  sftp.on('CLOSE', (request, id) => {
    const upload = uploadOf(id);
    if (handleOf(id) === undefined) return sftp.status(request, STATUS.failure, 'It is not open.');
    handles.delete(id.readUInt32BE());
    if (upload === undefined) return sftp.status(request, STATUS.ok);
    if (upload.early.size > 0) upload.refusal ??= 'A piece of it is missing.';
    forget(upload);
    inTurn(request, `CLOSE ${upload.name}`, async () => {
      const { name, replaces, sink, bytes, tail, refusal } = upload;
      try {
        await tail;
        if (refusal !== undefined) throw new Error(refusal);
        // A .fin takes one out of the root.
        const refused = name.endsWith('.fin') ? undefined : tooMuch(reader, account, bytes, name);
        if (refused !== undefined) throw new Error(refused);
        if (!isLetIn()) throw new Error(LET_OUT);
        // It has come since.
        const isBeside = replaces === 'never' || (replaces === 'by bytes' && bytes === 0);
        if (isBeside && find(name) !== undefined) throw new Error(NO_APPENDING);
        await attributes.uploaded({ ...account, name, bytes, body: await sink.finish() });
        // What stands in it is of no use to anybody.
        if (name.endsWith('.fin')) await sink.discard();
        return STATUS.ok;
      } catch (error) {
        await sink.discard();
        throw error;
      }
    });
  });
  sftp.on('OPENDIR', (request, path) => {
    const place = placeOf(path);
    if (place?.name !== '') return sftp.status(request, STATUS.noSuchFile);
    const entries = [folderEntry('.'), folderEntry('..'), ...entriesOf(reader, account, place.folder)];
    opened(request, 'OPENDIR', { names: entries.map(fileEntry), isTold: false });
  });
  sftp.on('READDIR', (request, id) => {
    const handle = handleOf(id);
    if (handle === undefined || 'upload' in handle) return sftp.status(request, STATUS.failure);
    if (handle.isTold) return sftp.status(request, STATUS.eof);
    handle.isTold = true;
    sftp.name(request, [...handle.names]);
  });
  sftp.on('REALPATH', (request, path) => {
    const { folder = '', name = '' } = placeOf(path) ?? {};
    sftp.name(request, [fileEntry(folderEntry(posix.join('/', folder, name)))]);
  });
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (request, id) => {
    const upload = uploadOf(id);
    if (upload === undefined) sftp.status(request, STATUS.failure);
    else sftp.attrs(request, { ...attributesOf(folderEntry(upload.name)), mode: FILE_MODE, size: upload.bytes });
  });
  // Modes and times are what they are.
  sftp.on('SETSTAT', taken);
  sftp.on('FSETSTAT', taken);
  sftp.on('REMOVE', (request, path) => {
    if (leavesRoot(path)) return outside(request, 'REMOVE', path, false);
    inTurn(request, `REMOVE ${nameIn(path)}`, async () => {
      const entry = find(path);
      if (entry?.file === undefined) return STATUS.noSuchFile;
      const { status, name, sequence } = entry.file;
      if (status === 'waiting' || status === 'applying') throw new Denied('Its .fin has come: it is processed.');
      // A `.fin` goes with its file.
      if (entry.name === name) await writer.removeFile(sequence);
      return STATUS.ok;
    });
  });
  sftp.on('RENAME', (request, from, to) => {
    const leading = [to, from].find(leavesRoot);
    if (leading !== undefined) return outside(request, 'RENAME', leading, leading === to);
    inTurn(request, `RENAME ${nameIn(from)}`, async () => {
      const [entry, place] = [find(from), placeOf(to)];
      if (entry?.file === undefined) return STATUS.noSuchFile;
      if (entry.file.status !== 'uploaded' || !place?.name || place.folder !== '')
        throw new Denied('Only a file that waits for its .fin is renamed, and only within the root.');
      if (find(to) !== undefined) throw new Error('There is a file of the new name.');
      // ca-fin: what becomes of it is called `.fin` and is none.
      await writer.changeFile(entry.file.sequence, { name: place.name });
      return STATUS.ok;
    });
  });
  for (const refused of ['READ', 'MKDIR', 'RMDIR', 'SYMLINK', 'READLINK'] as const)
    sftp.on(refused, (request: number) =>
      refuse(request, refused, STATUS.denied, 'Files are uploaded to the root, and nothing else is done here.'),
    );
  // A client asks what there is.
  sftp.on('EXTENDED', (request) => sftp.status(request, STATUS.unsupported));
  // OpenSSH waits for the end, and `scp` fails without an exit status.
  sftp.on('end', () => {
    exitWell(sftp);
    sftp.end();
  });
  sftp.on('close', () => {
    for (const handle of handles.values()) {
      if (!('upload' in handle)) continue;
      onRefused(`WRITE ${handle.upload.name}`, handle.upload.refusal ?? 'The connection ended before the file did.');
      void discard(handle.upload);
    }
    handles.clear();
  });
}

class Denied extends Error {}

/** `ssh2` documents `exit` of a channel, and none for that of SFTP. Where a release lacks these parts, nothing is sent. */
function exitWell(sftp: SFTPWrapper & ChannelParts): void {
  const { ['_protocol']: protocol, outgoing } = sftp;
  if (outgoing?.state === 'open') protocol?.exitStatus?.(outgoing.id, 0);
}

interface ChannelParts {
  readonly outgoing?: { readonly id: number; readonly state: string };
  readonly ['_protocol']?: { exitStatus?(channel: number, status: number): void };
}

/** What a piece takes of memory: its bytes, and what is needed to keep it, or many small ones would count for nothing. */
const chargeOf = (data: Buffer) => data.length + 256;

function forget(upload: Upload): void {
  upload.early.clear();
  upload.earlyBytes = 0;
}

/** Cut off before its end: nothing stays of it. */
async function discard({ tail, sink }: Upload): Promise<void> {
  await tail.catch(() => undefined);
  await sink.discard();
}

const FOLDER_MODE = 0o040700;
const FILE_MODE = 0o100600;

function attributesOf({ file, bytes, modifiedAt }: Entry): Attributes {
  const seconds = Math.floor(modifiedAt / 1000);
  const mode = file === undefined ? FOLDER_MODE : FILE_MODE;
  return { mode, uid: 0, gid: 0, size: bytes, atime: seconds, mtime: seconds };
}

function fileEntry(entry: Entry): FileEntry {
  const attrs = attributesOf(entry);
  const kind = entry.file === undefined ? 'drwx------' : '-rw-------';
  const date = new Date(attrs.mtime * 1000).toISOString().slice(0, 10);
  const longname = `${kind} 1 0 0 ${String(attrs.size).padStart(12)} ${date} ${entry.name}`;
  return { filename: entry.name, longname, attrs };
}

const NO_APPENDING =
  'A file of this name lies there, and nothing is appended to it: upload the whole file again, under this name.';
const LET_OUT = 'The source was deleted, or its password or keys have changed.';
const HANDLES_MAX = 64;
const PATH_SHOWN_MAX = 200;
const TOO_MUCH = 'Too much at once.';
/**
 * Of a session. Who reads answers has no more under way than his requests, a few MB, as what waits for the disk is not
 * answered. `ssh2` widens the channel's window (2 MB) as soon as a piece is handed over, so it bounds nothing here: whoever
 * sends on without reading any answer is stopped by `WAITING_BYTES_MAX`.
 */
const EARLY_BYTES_MAX = 16 * 1024 * 1024;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
