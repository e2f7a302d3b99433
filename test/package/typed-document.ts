/** A document typed from its first line to its last: files are written, commands run, and what they print is compared. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { documentBlocks } from './document-blocks.ts';
import type { InstalledPackage } from './installed-package.ts';
import { endGroup, interrupt, startCommand, type Running } from './run-command.ts';

/** The ports that documents speak of: a test takes free ones. */
const WRITTEN_PORTS = /\b1?8181\b|\b18182\b/g;
/** The first line of a block may name the file that the block is: `# test_upload.py`, `// upload.test.js`. */
const FILE_NAME = /^(?:#|\/\/) (\S+\.\w+)\n/;

export interface Typing {
  /** Lines that are answered otherwise than by typing them. */
  readonly insteadOf?: Readonly<Record<string, (directory: string) => void>>;
  /** Of an emulator that is running already: what stands there as 8181. */
  readonly port?: string;
  /** What the document takes for granted; a folder where the package is installed unless told. */
  readonly prepare?: (directory: string) => Promise<void> | void;
}

/** Types the document in a fresh folder. Blocks that it marks as not run are left out. */
export async function typeDocument(file: string, installed: InstalledPackage, typing: Typing = {}): Promise<void> {
  const directory = mkdtempSync(join(installed.directory, 'typed-'));
  const ports = new Map<string, string>();
  for (const [written] of readFileSync(file, 'utf8').matchAll(WRITTEN_PORTS)) {
    // oxlint-disable-next-line no-await-in-loop
    if (!ports.has(written)) ports.set(written, await freePort());
  }
  if (typing.port !== undefined) ports.set('8181', typing.port);
  const here = (text: string) => text.replaceAll(WRITTEN_PORTS, (written) => ports.get(written)!);
  const env = {
    PATH: searchPath(),
    XDG_STATE_HOME: join(directory, '.state'),
    NO_COLOR: '1',
    // What is 8181 when nothing is said.
    TPE_PORT: ports.get('8181') ?? '8181',
  };
  const terminal = { cwd: directory, env, ownGroup: true };
  let served: Running | undefined;
  let printed = '';
  try {
    await (typing.prepare ?? linkModules(installed))(directory);
    for (const { language, text, line, isNotRun } of documentBlocks(file)) {
      const where = `${file}:${line}`;
      const [, name] = FILE_NAME.exec(text) ?? [];
      if (isNotRun) continue;
      if (name !== undefined) {
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        writeFileSync(join(directory, name), here(text), { mode: 0o755 });
      } else if (language === 'json') {
        // Read by test/tidy/code-blocks.test.ts.
      } else if (language === 'text') {
        expect(printed, where).toMatch(patternOf(here(text)));
      } else if (language === 'sh' && text.startsWith('npx tpe serve')) {
        served = startCommand('sh', ['-c', here(text)], terminal);
        // What it prints at its start ends with an example.
        // oxlint-disable-next-line no-await-in-loop
        printed = await served.printed(/batches\?client=demo'\n/);
      } else if (language === 'sh') {
        const script = text
          .split('\n')
          .map((typed) => replaced(typed, directory, typing.insteadOf ?? {}))
          .join('\n');
        const typed = startCommand('sh', ['-ec', `exec 2>&1\n${here(script)}`], terminal);
        // oxlint-disable-next-line no-await-in-loop
        const { code, stdout } = await typed.finished;
        endGroup(typed);
        expect(code, `${where}: ${stdout}`).toBe(0);
        printed = stdout;
      } else {
        throw new Error(
          `${where}: A block of ${language} is neither typed, nor a file with its name in the first line.`,
        );
      }
    }
  } finally {
    if (served !== undefined) await interrupt(served);
    rmSync(directory, { recursive: true, force: true });
  }
}

function replaced(line: string, directory: string, insteadOf: NonNullable<Typing['insteadOf']>): string {
  const instead = insteadOf[line];
  if (instead === undefined) return line;
  instead(directory);
  return '';
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

/** The dependencies as npm would have put them. */
export function linkModules(installed: InstalledPackage): (directory: string) => void {
  return (directory) => symlinkSync(join(installed.directory, 'node_modules'), join(directory, 'node_modules'));
}

/** What stands there, however wide its columns are; `…` stands for anything. */
function patternOf(text: string): RegExp {
  const source = text
    .trim()
    .split('…')
    .map((part) =>
      part
        .trim()
        .split(/\s+/)
        .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('\\s+'),
    )
    .join('[^]*?');
  return new RegExp(`^\\s*${source}\\s*$`);
}

/** This Node first, and nothing of the repository's own. */
function searchPath(): string {
  const inherited = (process.env['PATH'] ?? '').split(':').filter((each) => !each.includes('node_modules'));
  return [dirname(process.execPath), ...inherited].join(':');
}
