/** Runs a TypeScript script of this repository on any supported Node: bundles it beside node_modules' caches and imports it. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const [script, ...rest] = process.argv.slice(2);
const outFile = `node_modules/.cache/scripts/${basename(script, '.ts')}.js`;
mkdirSync('node_modules/.cache/scripts', { recursive: true });
const build = await rolldown({ input: script, platform: 'node', external: [/^[^./]/] });
await build.write({ file: outFile, format: 'esm', codeSplitting: false });
await build.close();
// What the rulebook reads when somebody asks stands beside it.
copyFileSync('src/protocol/rules/facts.ndjson', 'node_modules/.cache/scripts/facts.ndjson');
process.argv = [process.argv[0], script, ...rest];
await import(pathToFileURL(outFile).href);
