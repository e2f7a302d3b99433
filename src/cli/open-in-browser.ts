/** Hands an address to the machine's own way of opening one: a fixed program with the address as its one free argument. */
import { spawn } from 'node:child_process';

/** Resolves to why it was not opened; to nothing once the program runs, which may take as long as the browser lives. */
export function openInBrowser(url: string, platform: NodeJS.Platform = process.platform): Promise<string | undefined> {
  const [name, ...args] = openerOf(platform);
  return new Promise((resolve) => {
    const child = spawn(name, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? `there is no ${name}` : error.message),
    );
    child.once('spawn', () => {
      child.unref();
      resolve(undefined);
    });
  });
}

function openerOf(platform: NodeJS.Platform): readonly [string, ...string[]] {
  switch (platform) {
    case 'darwin':
      return ['open'];
    // `start` is a word of the shell; this program is what it asks.
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler'];
    default:
      return ['xdg-open'];
  }
}
