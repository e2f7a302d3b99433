/** One SFTP session of an account: files are written from their start to their end, listed, renamed in the root, removed. */
import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2';
import { caSize } from '../../protocol/rules/index.ts';
import type { Services } from '../http/services.ts';
import type { BodySink } from '../store/store.ts';
import { type Account, tooMuch } from '../attributes/account.ts';
import { entriesOf, type Entry, placeOf } from './account-files.ts';

/** Of SFTP, version 3. */
const STATUS = { ok: 0, eof: 1, noSuchFile: 2, denied: 3, failure: 4, unsupported: 8 } as const;
const OPEN_WRITE = 2;

interface Upload {
  readonly name: string;
  readonly sink: BodySink;
  bytes: number;
  /** Taken in and not yet written. */
  pendingBytes: number;
  tail: Promise<void>;
  /** By where it belongs: some clients send pieces side by side, and the second half of one after the next one's first. */
  readonly early: Map<number, Buffer>;
}

type Handle = { readonly upload: Upload } | { readonly names: readonly FileEntry[]; isTold: boolean };

/** `isLetIn` says whether who came in would come in now: asked before anything is looked up, begun or kept. */
export function sftpSession(sftp: SFTPWrapper, services: Services, account: Account, isLetIn: () => boolean): void {
  const { reader, writer, bodies, attributes } = services;
  const handles = new Map<number, Handle>();
  let lastHandle = 0;
  /** One after the other, as they came: a rename may follow the upload it is about. */
  let turn: Promise<void> = Promise.resolve();

  const find = (path: string): Entry | 'root' | undefined => {
    const place = isLetIn() ? placeOf(path) : undefined;
    if (place === undefined) return undefined;
    if (place.kind === 'folder' && place.folder === '') return 'root';
    const [folder, name] = place.kind === 'folder' ? (['', place.folder] as const) : [place.folder, place.name];
    return entriesOf(reader, account, folder).find((entry) => entry.name === name);
  };
  const opened = (request: number, handle: Handle) => {
    if (!isLetIn()) return sftp.status(request, STATUS.denied, LET_OUT);
    if (handles.size >= HANDLES_MAX) return sftp.status(request, STATUS.failure, 'Too many open files.');
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
  const answer = async (request: number, status: Promise<number>) => {
    try {
      sftp.status(request, await status);
    } catch (error) {
      sftp.status(request, STATUS.failure, error instanceof Error ? error.message : undefined);
    }
  };
  const inTurn = (request: number, work: () => Promise<number>) => {
    turn = answer(request, turn.then(work));
  };
  const taken = (upload: Upload, data: Buffer): Promise<number> => {
    const { tail } = upload;
    upload.bytes += data.length;
    const tooLarge = caSize.decide(upload.bytes);
    const write = async () => {
      await tail;
      if (tooLarge !== undefined) throw new Error(tooLarge.message);
      await upload.sink.write(data);
      upload.pendingBytes -= data.length;
    };
    upload.tail = write();
    return upload.tail.then(() => STATUS.ok);
  };
  const told = (status: number) => (request: number) => sftp.status(request, status);
  const stat = (request: number, path: string) => {
    const entry = find(path);
    if (entry === undefined) sftp.status(request, STATUS.noSuchFile);
    else sftp.attrs(request, attributesOf(entry === 'root' ? undefined : entry));
  };

  sftp.on('OPEN', (request, path, flags) => {
    const place = placeOf(path);
    if (place === undefined) return sftp.status(request, STATUS.noSuchFile);
    if (place.kind !== 'file' || place.folder !== '' || (flags & OPEN_WRITE) === 0)
      return sftp.status(request, STATUS.denied, 'Files are uploaded to the root, and are not given back.');
    const upload = {
      name: place.name,
      sink: bodies.open(),
      bytes: 0,
      pendingBytes: 0,
      tail: Promise.resolve(),
      early: new Map(),
    };
    opened(request, { upload });
  });
  sftp.on('WRITE', (request, id, offset, data) => {
    const upload = uploadOf(id);
    if (upload === undefined) return sftp.status(request, STATUS.failure, 'It is not open.');
    if (offset < upload.bytes) return sftp.status(request, STATUS.failure, 'Write from the start to the end.');
    upload.pendingBytes += data.length;
    if (upload.pendingBytes > PENDING_BYTES_MAX) return sftp.status(request, STATUS.failure, 'Too much at once.');
    if (offset === upload.bytes) void answer(request, taken(upload, data));
    else {
      // At once, or who leaves a hole would wait for ever; it is seen at the end.
      upload.early.set(offset, data);
      sftp.status(request, STATUS.ok);
    }
    for (let next = upload.early.get(upload.bytes); next !== undefined; next = upload.early.get(upload.bytes)) {
      upload.early.delete(upload.bytes);
      taken(upload, next).catch(() => undefined);
    }
  });
  sftp.on('CLOSE', (request, id) => {
    const upload = uploadOf(id);
    if (handleOf(id) === undefined) return sftp.status(request, STATUS.failure, 'It is not open.');
    handles.delete(id.readUInt32BE());
    if (upload === undefined) return sftp.status(request, STATUS.ok);
    inTurn(request, async () => {
      const { name, sink, bytes, tail, early } = upload;
      try {
        await tail;
        if (early.size > 0) throw new Error('A piece of it is missing.');
        // A .fin takes one out of the root.
        const refused = name.endsWith('.fin') ? undefined : tooMuch(reader, account, bytes, name);
        if (refused !== undefined) throw new Error(refused);
        if (!isLetIn()) throw new Error(LET_OUT);
        await attributes.uploaded({ ...account, name, bytes, body: await sink.finish() });
        return STATUS.ok;
      } catch (error) {
        await sink.discard();
        throw error;
      }
    });
  });
  sftp.on('OPENDIR', (request, path) => {
    const place = placeOf(path);
    if (place?.kind !== 'folder') return sftp.status(request, STATUS.noSuchFile);
    const names = entriesOf(reader, account, place.folder).map((entry) => fileEntry(entry.name, entry));
    opened(request, { names: [fileEntry('.', undefined), fileEntry('..', undefined), ...names], isTold: false });
  });
  sftp.on('READDIR', (request, id) => {
    const handle = handleOf(id);
    if (handle === undefined || 'upload' in handle) return sftp.status(request, STATUS.failure);
    if (handle.isTold) return sftp.status(request, STATUS.eof);
    handle.isTold = true;
    sftp.name(request, [...handle.names]);
  });
  sftp.on('REALPATH', (request, path) => {
    const place = placeOf(path);
    const name =
      place === undefined
        ? '/'
        : `/${[place.folder, place.kind === 'file' ? place.name : ''].filter(Boolean).join('/')}`;
    sftp.name(request, [fileEntry(name, undefined)]);
  });
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (request, id) => {
    const upload = uploadOf(id);
    if (upload === undefined) sftp.status(request, STATUS.failure);
    else sftp.attrs(request, { ...attributesOf(undefined), mode: FILE_MODE, size: upload.bytes });
  });
  // Modes and times are what they are.
  sftp.on('SETSTAT', told(STATUS.ok));
  sftp.on('FSETSTAT', told(STATUS.ok));
  sftp.on('REMOVE', (request, path) =>
    inTurn(request, async () => {
      const entry = find(path);
      if (entry === undefined || entry === 'root' || entry.file === undefined) return STATUS.noSuchFile;
      const { status, name, sequence } = entry.file;
      if (status === 'waiting' || status === 'applying') return STATUS.denied;
      // A `.fin` goes with its file.
      if (entry.name === name) await writer.removeFile(sequence);
      return STATUS.ok;
    }),
  );
  sftp.on('RENAME', (request, from, to) =>
    inTurn(request, async () => {
      const [entry, place] = [find(from), placeOf(to)];
      if (entry === undefined || entry === 'root' || entry.file === undefined) return STATUS.noSuchFile;
      if (entry.file.status !== 'uploaded' || place?.kind !== 'file' || place.folder !== '') return STATUS.denied;
      if (find(to) !== undefined) return STATUS.failure;
      // ca-fin: what becomes of it is called `.fin` and is none.
      await writer.changeFile(entry.file.sequence, { name: place.name });
      return STATUS.ok;
    }),
  );
  for (const refused of ['READ', 'MKDIR', 'RMDIR', 'SYMLINK', 'READLINK', 'EXTENDED'] as const)
    sftp.on(refused, told(refused === 'EXTENDED' ? STATUS.unsupported : STATUS.denied));
  // OpenSSH waits for it.
  sftp.on('end', () => sftp.end());
  sftp.on('close', () => {
    for (const handle of handles.values()) if ('upload' in handle) void discard(handle.upload);
    handles.clear();
  });
}

/** Cut off before its end: nothing stays of it. */
async function discard({ tail, sink }: Upload): Promise<void> {
  await tail.catch(() => undefined);
  await sink.discard();
}

const FOLDER_MODE = 0o040700;
const FILE_MODE = 0o100600;

function attributesOf(entry: Entry | undefined): Attributes {
  const seconds = Math.floor((entry?.modifiedAt ?? 0) / 1000);
  const mode = entry?.file === undefined ? FOLDER_MODE : FILE_MODE;
  return { mode, uid: 0, gid: 0, size: entry?.bytes ?? 0, atime: seconds, mtime: seconds };
}

function fileEntry(filename: string, entry: Entry | undefined): FileEntry {
  const attrs = attributesOf(entry);
  const isFile = entry?.file !== undefined;
  const date = new Date(attrs.mtime * 1000).toISOString().slice(0, 10);
  const longname = `${isFile ? '-rw-------' : 'drwx------'} 1 0 0 ${String(attrs.size).padStart(12)} ${date} ${filename}`;
  return { filename, longname, attrs };
}

const LET_OUT = 'The source was deleted, or its password or keys have changed.';
const HANDLES_MAX = 64;
const PENDING_BYTES_MAX = 16 * 1024 * 1024;
