/**
 * Builds dist/console/: the page with its assets, each named by a digest of it; and the comparison as one file that opens
 * anywhere, whose policy names the digests of the one script and the one style that it holds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('..', import.meta.url);
const source = new URL('src/console/', root);

/** Samples that the console offers; they are served as assets. */
const SAMPLES = ['crm-export.csv', 'crm-profiles.ndjson', 'documented-sample.txt'];

/** Gives the modules that are in the page. */
export async function buildConsole(directory) {
  mkdirSync(new URL('assets/', directory), { recursive: true });
  const written = (name, text) => {
    const [stem, end] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.'))];
    const asset = `${stem}-${digestOf(text, 'base64url').slice(0, 10)}${end}`;
    writeFileSync(new URL(`assets/${asset}`, directory), text);
    return `assets/${asset}`;
  };
  const style = minifiedStyle(read(new URL('console.css', source)));
  const samples = Object.fromEntries(
    SAMPLES.map((name) => [name, written(name, read(new URL(`samples/${name}`, root)))]),
  );
  const proofs = provenBy(read(new URL('docs/rules.md', root)));
  const faults = faultSentences(read(new URL('docs/faults.md', root)));
  const addresses = addressesOf(read(new URL('docs/rules.md', root)));
  const { text: script, modules } = await bundle('main.tsx', { samples, proofs, faults, addresses });
  const icon = written('icon.svg', read(new URL('icon.svg', source)));
  const page = read(new URL('index.html', source))
    .replace('ICON', icon)
    .replace('STYLE', written('console.css', style))
    .replace('SCRIPT', written('console.js', script));
  writeFileSync(new URL('index.html', directory), page);

  const { text: alone } = await bundle('comparison-file.tsx', { samples: {}, proofs: {}, faults: {}, addresses });
  const filled = read(new URL('comparison-file.html', source))
    .replace('POLICY', `default-src 'none'; script-src ${hashOf(alone)}; style-src ${hashOf(style)}; img-src data:`)
    .replace(/<style>\s*STYLE\s*<\/style>/, () => `<style>${style}</style>`)
    .replace(/\s*COMPARISON\s*/, () => 'COMPARISON')
    .replace(/<script type="module">\s*SCRIPT;?\s*<\/script>/, () => `<script type="module">${alone}</script>`);
  writeFileSync(new URL('comparison.html', directory), filled);
  return modules;
}

/** `built` is what the sources import as `built:console`. */
async function bundle(entry, built) {
  const build = await rolldown({
    cwd: fileURLToPath(root),
    input: fileURLToPath(new URL(entry, source)),
    platform: 'browser',
    plugins: [
      {
        name: 'built',
        resolveId: (id) => (id === 'built:console' ? '\0built' : null),
        load: (id) =>
          id === '\0built'
            ? Object.entries(built)
                .map(([name, value]) => `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))});`)
                .join('\n')
            : null,
      },
    ],
  });
  const { output } = await build.generate({ format: 'esm', minify: true, comments: false, codeSplitting: false });
  await build.close();
  // Inline, the text must not end its element.
  const text = output[0].code.replaceAll('</script', '<\\/script');
  return { text, modules: output[0].moduleIds };
}

/** From the generated document: the tests of each rule, without the folder they all stand in. */
function provenBy(document) {
  const rows = document.split('\n').filter((line) => /^\| \**[a-z0-9-]+\** \|/.test(line));
  return Object.fromEntries(
    rows.map((line) => {
      const id = /^\| \**([a-z0-9-]+)/.exec(line)[1];
      return [
        id,
        [
          ...line
            .split(' | ')
            .at(-1)
            .matchAll(/`([^`]+)`/g),
        ].map(([, file]) => file),
      ];
    }),
  );
}

/** From the generated document: where each source opens. Our own questions stand in a document of the repository. */
function addressesOf(document) {
  return Object.fromEntries([...document.matchAll(/^\[([^\]]+)\]: (https:.+)$/gm)].map(([, key, url]) => [key, url]));
}

/** From the table of the document: what happens with each fault. */
function faultSentences(document) {
  const rows = [...document.matchAll(/^\| `(\w+)` *\| (.+?) *\|/gm)];
  return Object.fromEntries(rows.map(([, name, sentence]) => [name, sentence]));
}

const minifiedStyle = (text) =>
  text
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,]) ?/g, '$1')
    .trim();

const read = (url) => readFileSync(url, 'utf8');
const digestOf = (text, encoding) => createHash('sha256').update(text).digest(encoding);
const hashOf = (text) => `'sha256-${digestOf(text, 'base64')}'`;
