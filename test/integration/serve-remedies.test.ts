/** What is printed where an emulator cannot start, or is not there: a command that works, made of the whole call. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { startEmulator } from '../../src/server/index.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';

const listening: Server[] = [];
afterEach(() => {
  for (const server of listening.splice(0)) server.close();
});

/** The port of something that is no emulator. */
async function stranger(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => answer(socket.on('error', () => undefined)));
  listening.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const port = await stranger(() => undefined);
  await new Promise((done) => listening.pop()!.close(done));
  return port;
}

async function tpe(...args: readonly string[]) {
  const context = fakeContext();
  const code = await runCommandLine(args, context);
  return { code, complained: context.complained() };
}

describe('tpe serve on a taken port', () => {
  it('prints the whole call with a free port, and no token', async () => {
    const port = await stranger(() => undefined);
    const given = ['--memory', '--pace', 'immediate', '--control-token', 'secret-token-of-mine-123'];
    const { code, complained } = await tpe('serve', '--port', String(port), ...given);
    expect(code).toBe(5);
    expect(complained).toMatch(/Next: tpe serve --port 0 --pace immediate --memory\n$/);
  });

  it('changes the port that is taken, and not the other', async () => {
    const port = await stranger(() => undefined);
    const { complained } = await tpe('serve', '--port', '0', '--tls-port', String(port), '--memory');
    expect(complained).toMatch(/Next: tpe serve --port 0 --tls-port 0 --memory\n$/);
  });
});

describe('tpe exec', () => {
  it('on a taken port prints the whole call with a free one, the command behind it', async () => {
    const port = await stranger(() => undefined);
    const { code, complained } = await tpe('exec', '--seed', '7', '--port', String(port), '--', 'npm', 'test', 'a b');
    expect(code).toBe(5);
    expect(complained).toMatch(/Next: tpe exec --port 0 --seed 7 -- npm test 'a b'\n$/);
  });

  it('tells as JSON, where that is asked for, that there is no such command', async () => {
    const context = fakeContext();
    expect(await runCommandLine(['exec', '--json', '--', 'no-such-command-at-all'], context)).toBe(127);
    expect(context.complained()).toBe('');
    expect(JSON.parse(context.printed())).toEqual({
      error: { code: 'no-such-command', message: 'no-such-command-at-all: there is no such command.' },
      exitCode: 127,
    });
  });
});

describe('tpe upload to a port of this machine', () => {
  const args = ['upload', 'samples/documented-sample.txt', '--client', 'demo', '--state', 'off'];

  it('asks whether tpe serve is running, at once, where nothing listens', async () => {
    const context = fakeContext();
    const code = await runCommandLine([...args, '--endpoint', `http://127.0.0.1:${await closedPort()}`], context);
    expect(code).toBe(5);
    expect(context.printed()).toMatch(
      /No answer: nothing listens at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Is tpe serve running\?/,
    );
    expect(context.complained()).not.toMatch(/again|retry/);
  });

  it('names http where https is spoken to a port without TLS', async () => {
    const emulator = await startEmulator();
    const ports = [emulator.port, await stranger((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))];
    for (const port of ports) {
      const context = fakeContext();
      // oxlint-disable-next-line no-await-in-loop -- one after the other, each with its own words
      const code = await runCommandLine([...args, '--endpoint', `https://127.0.0.1:${port}`], context);
      expect(code).toBe(7);
      expect(context.printed()).toMatch(
        new RegExp(`Next:\\n  tpe upload .* --endpoint http://127\\.0\\.0\\.1:${port} .*\\n$`),
      );
      expect(context.printed()).toContain(`part 1: No answer: no TLS is spoken there: try http://127.0.0.1:${port}.\n`);
      expect(context.complained()).not.toMatch(/again|retry/);
    }
    await emulator.close();
  });
});

const COMMANDS: string[][] = [['ready'], ['explain', '--client', 'demo', '--id', 'C-1'], ['open', '--print'], ['ca']];

describe('a command that asks an emulator', () => {
  it.each(COMMANDS)('tpe %s: starts one at the address that was asked, where nothing listens', async (...command) => {
    const port = await closedPort();
    const { code, complained } = await tpe(...command, '--url', `http://127.0.0.1:${port}`);
    expect(code).toBe(5);
    expect(complained).toMatch(new RegExp(`ECONNREFUSED.* Next: tpe serve --port ${port}\n$`));
  });

  it.each(COMMANDS)('tpe %s: starts none on top of something else that answers there', async (...command) => {
    for (const answer of [(socket: Socket) => socket.end('hello\r\n'), (socket: Socket) => socket.destroy()]) {
      const url = `http://127.0.0.1:${await stranger(answer)}`;
      const { complained } = await tpe(...command, '--url', url);
      expect(complained).toContain('something else answers there');
      expect(complained).not.toContain('tpe serve');
    }
  });
});
