/** An SFTP account, through `ssh2`: its server known beforehand by its host key, files written to its root, folders listed. */
import type { FileEntryWithStats, SFTPWrapper } from 'ssh2';
import { reasonOf, UploadError } from '../upload-error.ts';

export type SftpAccount = Awaited<ReturnType<typeof openAccount>>;

export interface SftpPlace {
  /** `sftp://USER@HOST:PORT`. */
  readonly url: URL;
  readonly password: string;
  /** The text of a `known_hosts` file, hosts in plain. */
  readonly knownHosts: string;
}

/** @throws `options-invalid` without `ssh2`, `untrusted`, `refused` for a wrong password, `network` */
export async function openAccount(place: SftpPlace, signal?: AbortSignal) {
  const { url, password } = place;
  const { Client } = await loadSsh2();
  const { host, port } = addressOf(url);
  const username = decodeURIComponent(url.username);
  const keys = new Set(linesOf(place).map((line) => line.split(/\s+/)[2]));
  const client = new Client();
  const close = () => void client.end();
  signal?.addEventListener('abort', close);
  let isTrusted = true;
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.on('close', () => reject(new Error('the connection was closed')));
    client.on('error', reject);
    // Each piece is answered before the next is sent: none waits for company.
    client.on('ready', () =>
      client.setNoDelay(true).sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error))),
    );
    const hostVerifier = (key: Buffer) => (isTrusted = keys.has(key.toString('base64')));
    client.connect({ host, port, username, password, hostVerifier });
  }).catch((cause: Error & { level?: string }) => {
    close();
    signal?.throwIfAborted();
    const untrusted = `The host key of ${url.host} does not stand in the known hosts: nothing was sent, nor the password.`;
    if (!isTrusted) throw new UploadError('untrusted', untrusted, { cause });
    if (cause.level === 'client-authentication')
      throw new UploadError('refused', `${url.host} does not take this password for ${username}.`, { cause });
    throw new UploadError('network', `${url.host} does not answer: ${reasonOf(cause)}.`, { cause });
  });
  /** Ended by the signal and by the end of the connection too: not every callback of `ssh2` is called then. */
  const asked = async <Result = void>(ask: (done: (error?: Error | null, result?: Result) => void) => void) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const stop = () => reject(new Error('the connection was closed'));
    client.on('close', stop);
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    else ask((error, result) => (error ? reject(error) : resolve(result as Result)));
    try {
      return await promise;
    } catch (cause) {
      signal?.throwIfAborted();
      throw new UploadError('network', `${url.host} broke off: ${reasonOf(cause)}.`, { cause });
    } finally {
      client.off('close', stop);
      signal?.removeEventListener('abort', stop);
    }
  };
  return {
    /** Piece by piece: `createWriteStream` of `ssh2` 1.17 may never end beyond 1 MB. What breaks off is not closed as if whole. */
    async write(name: string, chunks: AsyncIterable<string> | Iterable<string>): Promise<void> {
      const handle = await asked<Buffer>((done) => sftp.open(`/${name}`, 'w', done));
      let at = 0;
      for await (const chunk of chunks) {
        const bytes = Buffer.from(chunk);
        for (let from = 0; from < bytes.length; from += PIECE_BYTES_MAX) {
          const { length } = bytes.subarray(from, from + PIECE_BYTES_MAX);
          const position = at + from;
          await asked((done) => sftp.write(handle, bytes, from, length, position, done));
        }
        at += bytes.length;
      }
      await asked((done) => sftp.close(handle, done));
    },
    /** Names, of the folder at this path. */
    async list(path: string): Promise<readonly string[]> {
      const listed = await asked<FileEntryWithStats[]>((done) => sftp.readdir(path, done));
      return listed.map(({ filename }) => filename);
    },
    close() {
      signal?.removeEventListener('abort', close);
      close();
    },
  };
}

const SSH_PORT = 22;
const PIECE_BYTES_MAX = 256 * 1024;

/** Of the known hosts those lines that are about this one. */
export function linesOf({ url, knownHosts }: Pick<SftpPlace, 'url' | 'knownHosts'>): readonly string[] {
  const { host, port } = addressOf(url);
  const name = port === SSH_PORT ? host : `[${host}]:${port}`;
  const lines = knownHosts.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.split(/\s/)[0]!.split(',').includes(name));
}

const addressOf = ({ hostname, port }: URL) => ({
  host: hostname.replaceAll(/[[\]]/g, ''),
  port: Number(port || SSH_PORT),
});

/** @throws `options-invalid` where it is not installed */
export const assertSftp = async (): Promise<void> => void (await loadSsh2());

async function loadSsh2() {
  try {
    return (await import('ssh2')).default;
  } catch (cause) {
    throw UploadError.ofOptions(['SFTP needs the package ssh2, which is not installed: npm install ssh2'], cause);
  }
}
