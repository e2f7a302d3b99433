/** The SFTP door of customer attributes: an account for each source, and nothing but SFTP behind it. Loaded when asked for. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AuthContext, Connection, ParsedKey, utils as Ssh2Utils } from 'ssh2';
import { isPassword } from '../attributes/passwords.ts';
import type { Services } from '../http/services.ts';
import { bind } from '../listen/bind.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { dataDirectory } from '../store/data-directory.ts';
import type { SourceRecord } from '../store/store.ts';
import type { Strangers } from '../strangers.ts';
import { type Account, accountOf } from '../attributes/account.ts';
import { sftpSession } from './sftp-session.ts';

type Utils = typeof Ssh2Utils;

/** An open door. */
export interface SftpDoor {
  readonly port: number;
  /** `SHA256:…`, as OpenSSH shows it. */
  readonly fingerprint: string;
  /** The line for `known_hosts`. */
  readonly knownHosts: string;
  close(): Promise<void>;
}

/** Throws an `EmulatorError` where `ssh2` is not installed, or the port cannot be had. */
export async function openSftp(
  services: Services,
  tell: Pick<Strangers, 'loginFailed' | 'sftpRefused'>,
  { host, port }: { host: string; port: number },
): Promise<SftpDoor> {
  const { Server, utils } = await loadSsh2();
  const key = hostKey(services.options.data, utils);
  const parsed = utils.parseKey(key);
  if (parsed instanceof Error) {
    const message = `The SSH host key in ${services.options.data} cannot be read: ${parsed.message}. Delete it, and a new one is made.`;
    throw new EmulatorError('sftp-unusable', message, { cause: parsed });
  }
  const publicKey = parsed.getPublicSSH();
  /** Whoever has not proved who they are is a stranger. */
  const connections = new Map<Connection, 'stranger' | 'known'>();

  const server = new Server({ hostKeys: [key], ident: IDENT }, (connection) => {
    // Answers are short, and clients wait for each. Documented by ssh2, and left out by its types.
    if ('setNoDelay' in connection && typeof connection.setNoDelay === 'function') connection.setNoDelay(true);
    let account: Account | undefined;
    let proof = '';
    /** Whoever came in by what does not let in any more, of a source deleted, dropped or changed, is let out. */
    const isLetIn = () => {
      if (account !== undefined && proofOf(services.reader.source(account.client, account.alias)) === proof)
        return true;
      // Once it is told why.
      setImmediate(() => connection.end());
      return false;
    };
    let attempts = 0;
    let onClosed = () => {};
    const judge = async (context: AuthContext) => {
      const named = accountOf(services.reader, context.username);
      if (!(await isKnown(utils, context, named?.source))) {
        if (context.method !== 'none') onClosed = () => tell.loginFailed(context.username, named, context.method);
        return context.reject(['password', 'publickey']);
      }
      // A key that is only asked about proves nothing: whoever holds it comes again and signs.
      if (context.method !== 'publickey' || context.signature !== undefined) {
        account = named;
        proof = proofOf(named?.source);
        connections.set(connection, 'known');
      }
      context.accept();
    };
    if (connections.size >= CONNECTIONS_MAX) {
      // The oldest stranger makes room, so that idle ones keep nobody out.
      const [oldest] = [...connections].find(([, who]) => who === 'stranger') ?? [connection];
      connections.delete(oldest);
      oldest.end();
      if (oldest === connection) return;
    }
    connections.set(connection, 'stranger');
    connection.on('close', () => {
      connections.delete(connection);
      // A client tries what it has: only who was let in by none of it has failed.
      if (account === undefined) onClosed();
    });
    // A client that breaks off is no event.
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      attempts += 1;
      if (attempts > ATTEMPTS_MAX) return void connection.end();
      // What cannot be looked up, as while the emulator closes, is not proved.
      judge(context).catch(() => context.reject());
    });
    const notSftp = (what: string) => (_: unknown, reject: (() => void) | undefined) => {
      reject?.();
      if (account !== undefined) tell.sftpRefused(account, what, NOT_SFTP);
    };
    connection.on('session', (accept) => {
      const session = accept();
      session.on('sftp', (acceptSftp) => {
        if (account === undefined) return;
        const who = account;
        sftpSession(acceptSftp(), services, who, isLetIn, (what, reason) => tell.sftpRefused(who, what, reason));
      });
      session.on('exec', notSftp('a command')).on('shell', notSftp('a shell')).on('subsystem', notSftp('a subsystem'));
    });
    connection.on('tcpip', notSftp('forwarding')).on('request', notSftp('forwarding'));
  });
  const { port: bound, name } = await bind(server, { host, port, flag: '--sftp-port' });
  const digest = createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '');
  return {
    port: bound,
    fingerprint: `SHA256:${digest}`,
    knownHosts: `[${name.replace(/^\[|\]$/g, '')}]:${bound} ssh-ed25519 ${publicKey.toString('base64')}`,
    async close() {
      for (const connection of connections.keys()) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What lets into an account; of a source that is gone nothing that anybody has. */
const proofOf = (source: SourceRecord | undefined): string =>
  JSON.stringify(source?.isDeleted === false && [source.id, source.password, source.keys]);

async function isKnown(utils: Utils, context: AuthContext, source: SourceRecord | undefined): Promise<boolean> {
  if (context.method === 'password') return isPassword(context.password, source?.password);
  if (context.method !== 'publickey') return false;
  const known = (source?.keys ?? [])
    .map((line) => utils.parseKey(line))
    .find((each): each is ParsedKey => !(each instanceof Error) && isSame(each.getPublicSSH(), context.key.data));
  if (known === undefined) return false;
  if (context.signature === undefined) return true;
  // An algorithm that is not the key's makes ssh2 give an `Error` back, against its types.
  const verdict: unknown = known.verify(context.blob!, context.signature, context.hashAlgo);
  return verdict === true;
}

async function loadSsh2() {
  try {
    return (await import('ssh2')).default;
  } catch (cause) {
    const message = 'SFTP needs the package ssh2, which is not installed. Install it: npm install ssh2';
    throw new EmulatorError('sftp-unusable', message, { cause });
  }
}

/** Kept with the data: whoever has met it before knows it again. */
function hostKey(data: string | undefined, utils: Utils): string {
  if (data === undefined) return newKey(utils);
  const { hostKey: path } = dataDirectory(data);
  if (!existsSync(path)) writeFileSync(path, newKey(utils), { mode: 0o600, flag: 'wx' });
  return readFileSync(path, 'utf8');
}

/** One in 256 keys of ed25519 that `ssh2` 1.17 makes begins with a zero, and it cannot read it itself. */
function newKey(utils: Utils): string {
  const { private: key } = utils.generateKeyPairSync('ed25519');
  return utils.parseKey(key) instanceof Error ? newKey(utils) : key;
}

const NOT_SFTP =
  'There is SFTP here and nothing else: no command is run, neither that of `scp -O` nor that of rsync (use sftp, or scp without -O).';

const isSame = (one: Buffer, other: Buffer) => one.length === other.length && timingSafeEqual(one, other);

/**
 * No minus sign may stand before the blank (RFC 4253, 4.2). It begins with `OpenSSH` for the sake of `ssh2` as a client,
 * which sends others pieces of 32 KB in place of 256, and waits for each some 45 ms: it leaves Nagle's algorithm on.
 */
const IDENT = 'OpenSSH_compatible target-profile-emulator';
const ATTEMPTS_MAX = 12;
const CONNECTIONS_MAX = 64;
