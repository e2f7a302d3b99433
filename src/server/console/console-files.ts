/** The console's page and assets, as they were built: read once, when they are first asked for. They hold no data. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { once } from '../runtime/once.ts';

export type ConsoleFile = ReturnType<typeof readFile>;
export type ConsoleFiles = ReturnType<typeof consoleFiles>;

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

/** `directory` ends with a slash; by default the one beside the bundle. None of them is there where the console was not built. */
export function consoleFiles(directory: URL = new URL('./console/', import.meta.url)) {
  const read = once(() => {
    const assets = new URL('assets/', directory);
    const names = existsSync(assets) ? readdirSync(assets).map((name) => `assets/${name}`) : [];
    const found = ['index.html', ...names].filter((name) => existsSync(new URL(name, directory)));
    return new Map(found.map((name) => [name, readFile(new URL(name, directory))]));
  });
  /** By its name in that folder, `index.html` or `assets/…`, and no path: undefined for any other. */
  return (name: string) => read().get(name);
}

function readFile(url: URL) {
  const text = readFileSync(url, 'utf8');
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  return { text, type: TYPES[url.href.slice(url.href.lastIndexOf('.') + 1)] ?? TYPES['txt']!, etag: `"${digest}"` };
}
