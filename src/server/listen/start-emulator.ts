/** An emulator that listens. */
import type { Server } from 'node:net';
import { assembleEmulator } from '../emulator.ts';
import type { Emulator, EmulatorParts } from '../emulator-interface.ts';
import type { SftpDoor } from '../sftp/sftp-server.ts';
import type { EmulatorOptions } from '../options.ts';
import { once } from '../runtime/once.ts';
import { storageError } from '../store/storage-error.ts';
import { appOnSockets, plainServer } from './app-server.ts';
import { bind } from './bind.ts';
import { answerOtherProtocols } from './other-protocols.ts';
import { owedReplies } from './owed-replies.ts';
import { type OwnPorts, reachedBy } from './reached.ts';
import { secureDoor } from './secure-door.ts';
import { openTunnels } from './tunnel.ts';

export interface RunningEmulator extends Emulator {
  /** `http://127.0.0.1:8181`, without a slash at the end. */
  readonly url: string;
  /** `https://127.0.0.1:8443`; undefined without `tlsPort`. */
  readonly tlsUrl: string | undefined;
  /** Where sources of customer attributes take files; undefined without `sftpPort`. */
  readonly sftp: Omit<SftpDoor, 'close'> | undefined;
  readonly host: string;
  /** The port listened on, chosen by the system where the options say 0. */
  readonly port: number;
}

/**
 * Listens on `host` and `port` (by default a free port of 127.0.0.1), with a memory store unless `data` is given; with
 * `tlsPort`, for https as well. A client that was given `url` as its proxy reaches the emulated hosts through it, by http
 * and https alike. Throws `EmulatorError` where an address, the data directory or a certificate cannot be had.
 *
 * @example
 * const emulator = await startEmulator({ pace: 'immediate' });
 * await fetch(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body: 'batch=pcId,a\n1,x' });
 * await emulator.drain();
 * await emulator.close();
 */
export async function startEmulator(
  options: EmulatorOptions = {},
  parts: EmulatorParts = {},
): Promise<RunningEmulator> {
  const assembled = assembleEmulator(options, parts);
  const { emulator, listensAt, endWaits, guard, tell, certificates, problems, openSftp } = assembled;
  const { host, tlsPort, sftpPort } = emulator.options;
  let sftp: SftpDoor | undefined;
  const owed = owedReplies();
  let name = host;
  let ports: OwnPorts = { plain: 0, tls: undefined };
  const reached = reachedBy(emulator.options, () => ports);
  const onSockets = appOnSockets(emulator.app, reached, owed, tell.misread);
  const plain = plainServer(onSockets);
  const door = secureDoor(onSockets, certificates, tell, owed.over, (server) => tunnels.from(server));
  const tunnels = openTunnels(plain, {
    isEmulated: guard.isEmulated,
    tls: door.server,
    onTunnel: reached.isTunnel,
    onConnect: tell.connect,
  });
  answerOtherProtocols(plain, { onMet: tell.otherProtocol, owedOver: owed.over });
  try {
    // What is wrong with files of the user's should be known before anybody waits for a handshake.
    if (emulator.options.tlsCert !== undefined || emulator.options.tlsKey !== undefined) await certificates();
    const bound = await bind(plain, { host, port: emulator.options.port, flag: '--port' });
    const secure =
      tlsPort === undefined ? undefined : await bind(door.server, { host, port: tlsPort, flag: '--tls-port' });
    ports = { plain: bound.port, tls: secure?.port };
    name = bound.name;
    if (sftpPort !== undefined) sftp = await openSftp({ host, port: sftpPort });
  } catch (error) {
    plain.close();
    door.server.close();
    await emulator.close();
    throw error;
  }
  const url = `http://${name}:${ports.plain}`;
  const tlsUrl = ports.tls === undefined ? undefined : `https://${name}:${ports.tls}`;
  listensAt({ http: url, https: tlsUrl });
  for (const server of [plain, door.server]) {
    // A connection that cannot be accepted, most likely since too many files are open, is no reason to end.
    server.on('error', (error) => problems.note('socket', storageError(host, error)));
    server.on('connection', () => problems.over('socket'));
  }

  const close = once(async () => {
    void endWaits();
    owed.cutUnfinished();
    const shut = sftp?.close();
    const stopped = Promise.all([stopListening(plain), ...(tlsUrl === undefined ? [] : [stopListening(door.server)])]);
    plain.closeIdleConnections();
    door.stop();
    await owed.allTakenOrGivenUp();
    // Whoever connected and never asked, asked half a question, or does not read its answer would keep us for ever.
    await door.end();
    tunnels.close();
    plain.closeAllConnections();
    await stopped;
    await owed.allAnswered();
    await shut;
    await emulator.close();
  });
  return { ...emulator, url, tlsUrl, sftp, host, port: ports.plain, close, [Symbol.asyncDispose]: close };
}

const stopListening = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
