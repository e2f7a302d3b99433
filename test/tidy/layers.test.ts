/** The layers of the house: who may import whom, and who may ask the machine for the time or for chance. */
import { readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A folder, what of the house it may import, and what from outside. The longest matching folder counts. */
const LAYERS: Record<string, { house: readonly string[]; outside: readonly string[] }> = {
  'src/protocol/vocabulary': { house: ['src/protocol/vocabulary'], outside: [] },
  'src/protocol': { house: ['src/protocol'], outside: [] },
  // What is only known is lines of a file.
  'src/protocol/rules/facts.ts': { house: ['src/protocol'], outside: ['node:fs'] },
  // Bytes that are not UTF-8 are judged by Node: nothing of ours would be as quick.
  'src/protocol/batch-file': { house: ['src/protocol'], outside: ['node:buffer'] },
  'src/sqlite': { house: ['src/sqlite'], outside: ['node:path', 'better-sqlite3', 'node:fs'] },
  'src/server/runtime': { house: ['src/protocol', 'src/server/runtime'], outside: ['node:'] },
  'src/server/store': {
    house: ['src/protocol', 'src/sqlite', 'src/server/runtime', 'src/server/store'],
    outside: ['better-sqlite3', 'node:fs', 'node:path', 'node:zlib'],
  },
  'src/server/faults': {
    house: ['src/protocol', 'src/server/runtime', 'src/server/store/store.ts', 'src/server/faults'],
    outside: ['zod'],
  },
  'src/server/ingest': {
    house: ['src/protocol', 'src/server/runtime', 'src/server/store', 'src/server/ingest'],
    outside: ['node:stream', 'node:fs', 'node:buffer'],
  },
  'src/server/jobs': {
    house: [
      'src/protocol',
      'src/server/runtime',
      'src/server/store',
      'src/server/faults',
      'src/server/ingest',
      'src/server/jobs',
    ],
    outside: ['node:stream', 'node:fs', 'node:buffer', 'node:worker_threads'],
  },
  'src/server/http': { house: ['src/protocol', 'src/server'], outside: ['hono', '@hono/node-server', 'zod', 'node:'] },
  // Of HTTP it has the services alone: whatever brings a question, the answer is the same.
  'src/server/harness': {
    house: [
      'src/protocol',
      'src/server/harness',
      'src/server/attributes/account.ts',
      'src/server/attributes/passwords.ts',
      'src/server/http/services.ts',
      'src/server/http/new-ids.ts',
      'src/server/explain',
      'src/server/faults',
      'src/server/journal',
      'src/server/runtime',
      'src/server/store',
      'src/server/input-issues.ts',
      'src/server/options.ts',
      'src/server/rehearsal.ts',
      'src/server/snapshots.ts',
      'src/server/control/openapi.ts',
    ],
    outside: ['zod'],
  },
  'src/server/console': {
    house: ['src/server/console', 'src/server/http', 'src/server/runtime/once.ts', 'src/server/store/store.ts'],
    outside: ['hono', 'node:crypto', 'node:fs'],
  },
  'src/server/control': { house: ['src/protocol', 'src/server'], outside: ['hono', 'zod', 'prom-client', 'node:'] },
  'src/server/tls': {
    house: ['src/protocol/vocabulary', 'src/server', 'src/sqlite/private-paths.ts'],
    outside: ['@peculiar/x509', 'reflect-metadata', 'node:'],
  },
  'src/server/attributes': { house: ['src/protocol', 'src/server'], outside: ['fflate', 'node:'] },
  'src/server/sftp': { house: ['src/protocol', 'src/server'], outside: ['ssh2', 'node:'] },
  'src/server/listen': { house: ['src/protocol', 'src/server'], outside: ['@hono/node-server', 'node:'] },
  'src/server': { house: ['src/protocol', 'src/server'], outside: ['hono', 'zod', 'node:'] },
  // In the browser: of the server the types alone, of the protocol what is pure.
  'src/console': {
    house: [
      'src/console',
      'src/compare/comparison.ts',
      'src/server/console/watchers.ts',
      'src/server/faults/fault-set.ts',
      'src/server/harness/progression.ts',
      'src/server/harness/replies.ts',
      'src/protocol/batch-file/write-batch-file.ts',
      'src/protocol/vocabulary',
    ],
    outside: ['preact', 'built:console', 'zod'],
  },
  'src/client/jobs': { house: ['src/protocol', 'src/client', 'src/sqlite'], outside: ['better-sqlite3', 'node:'] },
  // An optional peer, loaded when it is needed.
  'src/client/attributes': { house: ['src/protocol', 'src/client'], outside: ['node:', 'ssh2'] },
  'src/client': {
    house: ['src/protocol', 'src/client', 'src/sqlite/private-paths.ts', 'src/sqlite/node-version.ts'],
    outside: ['node:', 'csv-parse/sync', 'iconv-lite', 'zod'],
  },
  'src/sim/model': { house: ['src/protocol/vocabulary', 'src/sim/model'], outside: [] },
  'src/sim/workload/crm-export.ts': { house: ['src/protocol'], outside: [] },
  'src/sim/simulation': {
    house: [
      'src/protocol',
      'src/sim',
      'src/server/index.ts',
      'src/server/jobs/open-store.ts',
      'src/server/runtime/random.ts',
      'src/client/index.ts',
    ],
    outside: ['node:crypto', 'node:fs', 'node:os', 'node:path', 'node:stream'],
  },
  'src/sim': {
    house: ['src/protocol', 'src/sim', 'src/server/index.ts', 'src/client/index.ts'],
    outside: ['fast-check', 'node:'],
  },
  'src/testing/vitest.ts': { house: ['src/server/index.ts', 'src/testing'], outside: ['vitest'] },
  'src/testing': { house: ['src/server/index.ts', 'src/testing'], outside: [] },
  'src/compare': {
    house: ['src/protocol', 'src/compare', 'src/server/index.ts', 'src/client/index.ts'],
    outside: ['node:'],
  },
  'src/cli': {
    house: [
      'src/protocol',
      'src/cli',
      'src/server/index.ts',
      // The operations that a running emulator is asked, and how.
      'src/server/harness',
      'src/server/control/control-path.ts',
      'src/server/input-issues.ts',
      'src/sqlite/node-version.ts',
      'src/client/index.ts',
      'src/client/endpoint.ts',
      'src/compare/index.ts',
      'src/sim/index.ts',
      'src/sim/workload/crm-export.ts',
      'src/sim/simulation/simulate.ts',
    ],
    outside: ['commander', 'cli-progress', 'string-width', 'zod', 'node:'],
  },
};

/** Only the runtime and the command that starts everything may ask the machine. */
const MACHINE_TIME_AND_CHANCE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|(?<!socket\.)\bsetTimeout\b|\bsetInterval\b|\bperformance\.now\b|\brandomUUID\b/;
const MAY_ASK_THE_MACHINE = ['src/server/runtime/', 'src/client/runtime/', 'src/cli/', 'src/console/'];

function layerOf(file: string): string | undefined {
  const fitting = Object.keys(LAYERS).filter((folder) => file === folder || file.startsWith(`${folder}/`));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

function breaches(file: string, text: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file} stands in no layer`];
  const { house, outside } = LAYERS[layer]!;
  const found: string[] = [];
  for (const [, specifier] of withoutComments(text).matchAll(/(?:(?<!\.)\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)) {
    const target = specifier!.startsWith('.') ? relative('.', join(dirname(file), specifier!)) : undefined;
    const allowed =
      target === undefined
        ? outside.some((name) => specifier === name || specifier!.startsWith(name.endsWith(':') ? name : `${name}/`))
        : house.some((place) => target === place || target.startsWith(`${place}/`));
    if (!allowed) found.push(`${file} imports ${specifier}`);
    if (target === undefined && builtinModules.includes(specifier!)) found.push(`${file}: write node:${specifier}`);
  }
  const asked = MACHINE_TIME_AND_CHANCE.exec(withoutComments(text));
  if (asked !== null && !MAY_ASK_THE_MACHINE.some((folder) => file.startsWith(folder))) {
    found.push(`${file} uses ${asked[0]}`);
  }
  return found;
}

const withoutComments = (text: string) => text.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '');

describe('the layers', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `src/${name}`);

  it('are kept by every file of src', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap((file) => breaches(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('are worth the name: the check sees a breach (canary)', () => {
    expect(breaches('src/protocol/rules/x.ts', "import fs from 'node:fs';")).toHaveLength(1);
    expect(breaches('src/sim/model/x.ts', "import { v2 } from '../../protocol/rules/v2.ts';")).toHaveLength(1);
    expect(breaches('src/server/store/x.ts', "import { a } from '../http/a.ts';")).toHaveLength(1);
    expect(breaches('src/protocol/x.ts', 'const now = Date.now();')).toHaveLength(1);
    expect(breaches('src/protocol/x.ts', '// Date.now() is banned\nexport const a = 1;')).toEqual([]);
  });

  it('leave no file without a sentence that says what it is for', () => {
    const silent = files.filter((file) => !/^(#!.*\n)?\/\*\*|^\/\//.test(readFileSync(file, 'utf8')));
    expect(silent).toEqual([]);
  });
});
