/** An emulator that listens. */
import type { Server } from 'node:http';
import { assembleEmulator } from '../emulator.ts';
import type { Emulator, EmulatorParts } from '../emulator-interface.ts';
import type { EmulatorOptions } from '../options.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { storageError } from '../store/storage-error.ts';
import { appServer } from './app-server.ts';

export interface RunningEmulator extends Emulator {
  /** `http://127.0.0.1:8181`, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  /** The port listened on, chosen by the system where the options say 0. */
  readonly port: number;
}

/**
 * Listens on `host` and `port` (by default a free port of 127.0.0.1), with a memory store unless `data` is given.
 * Throws `EmulatorError` where the address or the data directory cannot be had.
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
  const { emulator, listensAt, endWaits, problems } = assembleEmulator(options, parts);
  const { host } = emulator.options;
  const { server, owed } = appServer(emulator.app);
  let port: number;
  try {
    port = await listen(server, host, emulator.options.port);
  } catch (error) {
    await emulator.close();
    throw listenError(error, host, emulator.options.port);
  }
  const authority = `${nameOf(host)}:${port}`;
  listensAt(authority);
  // A connection that cannot be accepted, most likely since too many files are open, is no reason to end.
  server.on('error', (error) => problems.note('socket', storageError(host, error)));
  server.on('connection', () => problems.over('socket'));

  let closing: Promise<void> | undefined;
  const close = async () => {
    void endWaits();
    owed.cutUnfinished();
    const stopped = stopListening(server);
    await owed.allTakenOrGivenUp();
    // Whoever connected and never asked, asked half a question, or does not read its answer would keep us for ever.
    server.closeAllConnections();
    await stopped;
    await owed.allAnswered();
    await emulator.close();
  };
  const closeOnce = () => (closing ??= close());
  return {
    ...emulator,
    url: `http://${authority}`,
    host,
    port,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

/** Resolves to the port. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error(`${host}:${port} is no address of TCP.`);
      resolve(address.port);
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function listenError(cause: unknown, host: string, port: number): EmulatorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
    const remedy = 'Stop what listens there, choose another with --port, or take a free one with --port 0.';
    return new EmulatorError('port-in-use', `Port ${port} of ${host} is in use. ${remedy}`, { cause });
  }
  return new EmulatorError(
    'address-unavailable',
    `Cannot listen on ${host}:${port}: ${reason}. Choose another --host.`,
    {
      cause,
    },
  );
}

/** A name to reach it by: nobody connects to a wildcard address. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
