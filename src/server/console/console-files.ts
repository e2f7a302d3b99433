/** The console's page and assets, as they were built: read once, when they are first asked for. They hold no data. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ConsoleFile {
  readonly text: string;
  readonly type: string;
  readonly etag: string;
}

export interface ConsoleFiles {
  /** Undefined where the console was not built. */
  page(): ConsoleFile | undefined;
  /** By the name it has in its folder, and no path: undefined for any other. */
  asset(name: string): ConsoleFile | undefined;
}

/** What is served, by the end of its name. */
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html;charset=UTF-8',
  js: 'text/javascript;charset=UTF-8',
  css: 'text/css;charset=UTF-8',
  svg: 'image/svg+xml',
  csv: 'text/csv;charset=UTF-8',
  ndjson: 'application/x-ndjson',
  txt: 'text/plain;charset=UTF-8',
};

/** `directory` ends with a slash; by default the one beside the bundle. */
export function consoleFiles(directory: URL = new URL('./console/', import.meta.url)): ConsoleFiles {
  let files: ReadonlyMap<string, ConsoleFile> | undefined;
  const read = () => (files ??= readFiles(directory));
  return {
    page: () => read().get('index.html'),
    asset: (name) => read().get(`assets/${name}`),
  };
}

function readFiles(directory: URL): ReadonlyMap<string, ConsoleFile> {
  const names = ['index.html', ...namesIn(new URL('assets/', directory)).map((name) => `assets/${name}`)];
  const found = names.filter((name) => existsSync(new URL(name, directory)));
  return new Map(found.map((name) => [name, readFile(new URL(name, directory), name)]));
}

const namesIn = (directory: URL) => (existsSync(directory) ? readdirSync(directory) : []);

function readFile(url: URL, name: string): ConsoleFile {
  const text = readFileSync(url, 'utf8');
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  return {
    text,
    type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain;charset=UTF-8',
    etag: `"${digest}"`,
  };
}
