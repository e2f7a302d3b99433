/** Bundles the writer worker for tests, as the package's build does, since Node cannot run its TypeScript. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

export interface BuiltWorker {
  readonly url: URL;
  remove(): void;
}

/** Inside the checkout, so that the bundle finds better-sqlite3. */
export async function builtWorker(): Promise<BuiltWorker> {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'writer-worker-'));
  const build = await rolldown({
    cwd: root,
    input: { 'writer-worker': 'src/server/jobs/writer-worker.ts' },
    platform: 'node',
    external: [/^node:/, 'better-sqlite3'],
  });
  await build.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs' });
  await build.close();
  return {
    url: pathToFileURL(join(directory, 'writer-worker.mjs')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
