/** `tpe open`: the console of a running emulator, in the browser. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { clockOperations } from '../../server/harness/clock-operations.ts';
import { controlFields, runningEmulator } from '../ask-control-api.ts';
import { defineCommand } from '../define-command.ts';

export const openCommand = defineCommand({
  name: 'open',
  description: 'open the console of a running emulator in the browser',
  schema: z.strictObject({
    ...controlFields,
    print: z.boolean().default(false).describe('Print its address, and open nothing.'),
  }),
  variables: ['url', 'controlToken'],
  help: `
The console shows what was sent and what became of each row, compares v1 and v2,
and has the switches of docs/faults.md. Exits 5 where no emulator answers.

An emulator beyond loopback wants its control token: the browser is led past the
door, where it trades the token for a cookie. The token is not printed.

Examples:
  tpe open                                the emulator of this machine
  tpe open --url http://127.0.0.1:9000    another one
  tpe open --print                        the address alone, opening no browser`,
  async does({ options, tell }, context) {
    const { controlToken: token, print } = options;
    const emulator = runningEmulator(options, context);
    // Health answers everybody; this is told to whom the console would be shown.
    await emulator.ask(clockOperations.clockNow);
    const url = `${emulator.url.replace(/\/$/, '')}/__emulator/`;
    tell({ url }, () => `${url}\n`);
    const login = token === undefined ? url : `${url}login?token=${encodeURIComponent(token)}`;
    const reason = print ? undefined : await openInBrowser(login);
    if (reason !== undefined)
      context.stderr.write(`tpe: no browser was opened (${reason}): open the address yourself.\n`);
  },
});

/** A fixed program, with the address as its one free argument. */
const OPENERS: { readonly [Platform in NodeJS.Platform]?: readonly string[] } = {
  darwin: ['open'],
  // `start` is a word of the shell; this program is what it asks.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Resolves to why it was not opened; to nothing once the program runs, which may take as long as the browser lives. */
async function openInBrowser(url: string): Promise<string | undefined> {
  const [name = '', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(name, [...args, url], { stdio: 'ignore', detached: true });
  try {
    await once(child, 'spawn');
    child.unref();
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `there is no ${name}` : message;
  }
}
