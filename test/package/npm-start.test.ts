/** `npm start` dies with its signal: nothing is left behind that would keep the port. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startCommand } from './run-command.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

it.each(['SIGTERM', 'SIGHUP'] as const)('%s to npm start frees the port within two seconds', async (signal) => {
  const port = await freePort();
  const started = startCommand('npm', ['start'], { env: { TPE_PORT: String(port), TPE_MEMORY: '1' } });
  onTestFinished(() => void started.process.kill('SIGKILL'));
  expect(await started.printed(/http:\/\/127\.0\.0\.1:\d+/)).toContain(`http://127.0.0.1:${port}`);
  expect(await isTaken(port)).toBe(true);
  const signalledAt = Date.now();
  started.process.kill(signal);
  while (await isTaken(port)) expect(Date.now() - signalledAt).toBeLessThan(2_000);
  expect(Date.now() - signalledAt).toBeLessThan(2_000);
});
