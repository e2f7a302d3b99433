/** Every block of README and docs is typed by a test, or says that it is not and is at least well formed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { fieldsOf } from '../../src/cli/schema-fields.ts';
import { serveOptionsSchema } from '../../src/server/options.ts';
import { documentBlocks, type DocumentBlock } from '../package/document-blocks.ts';

const FILES = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Who types the blocks of a document, from its first to its last or by name. */
function runnersOf(file: string): readonly string[] {
  if (file === 'docs/tutorial.md') return ['test/package/tutorial.test.ts'];
  if (/^docs\/(?:how-to|explanation)\//.test(file)) return ['test/package/how-to.test.ts'];
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => /^(?:package|tidy)\/.*\.test\.ts$/.test(name) && name !== 'tidy/code-blocks.test.ts')
    .map((name) => `test/${name}`)
    .filter((name) => readFileSync(name, 'utf8').includes(`'${file}'`));
}

/** Signatures, and the examples of docstrings: each page says so. */
const isReference = (file: string) => file.startsWith('docs/reference/');
const all = FILES.flatMap((file) => documentBlocks(file).map((block) => ({ file, ...block })));
const untyped = all.filter(
  ({ file, isNotRun, language }) => isNotRun || isReference(file) || /^(?:ya?ml|json)$/.test(language),
);

describe('every block', () => {
  it.each(FILES.filter((file) => !isReference(file) && documentBlocks(file).some(({ isNotRun }) => !isNotRun)))(
    'of %s is typed',
    (file) => {
      expect(runnersOf(file)).not.toEqual([]);
    },
  );

  it.each(untyped.filter(({ file }) => !isReference(file)))(
    'of $file at $line, which is not typed, is well formed',
    (block) => {
      expect(complaints(block)).toBe('');
    },
  );

  it('of the reference is well formed, and its pages say that examples are not run', () => {
    const blocks = untyped.filter(({ file }) => isReference(file));
    expect(blocks.length).toBeGreaterThan(100);
    for (const block of blocks) expect(complaints(block), `${block.file}:${block.line}`).toBe('');
    for (const file of new Set(blocks.map(({ file: page }) => page))) {
      expect(readFileSync(file, 'utf8'), file).toContain('not run by our tests');
    }
  });

  it('would be seen to be broken (canary)', () => {
    const broken: Readonly<Record<string, string>> = {
      sh: 'if true; then',
      js: 'const = 1;',
      ts: 'interface { }',
      json: '{,}',
      yaml: 'a: [',
      ini: 'no equals sign',
      py: 'def f(:',
      java: 'class A {',
    };
    const found = Object.entries(broken).map(([language, text]) => [language, complaints({ language, text }) !== '']);
    expect(found).toEqual(Object.keys(broken).map((language) => [language, true]));
    expect(() => complaints({ language: 'cobol', text: '' })).toThrow('cobol');
  });
});

describe('what is not typed speaks of what there is', () => {
  const flags = fieldsOf(serveOptionsSchema, () => true);

  it('options and variables of tpe serve', () => {
    const texts = all.filter(({ isNotRun, text }) => isNotRun && /tpe|emulator/.test(text)).map(({ text }) => text);
    const named = texts.flatMap((text) => text.match(/(?<=["'\s])--[a-z][a-z-]+(?=["'\s])|\bTPE_[A-Z_]+/g) ?? []);
    const others = ['--build', '--wait', '--rm', '--no-deps', '--entrypoint', '--data-binary'];
    const known = new Set([...flags.flatMap(({ flag, env }) => [flag, env]), '--json', ...others]);
    expect(named.length).toBeGreaterThan(10);
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('probes and ports of the emulator', () => {
    const manifest = all.find(({ file, language }) => file === 'docs/how-to/kubernetes.md' && language === 'yaml');
    const [deployment] = parseAllDocuments(manifest!.text).map((document) => document.toJS() as Deployment);
    const [container] = deployment!.spec.template.spec.containers;
    const { port } = serveOptionsSchema.parse({});
    const probes = [container!.startupProbe, container!.readinessProbe].map(({ httpGet }) => httpGet);
    const allowed = container!.args[container!.args.indexOf('--allow-host') + 1]!.split(',');
    for (const probe of probes) {
      expect(probe).toMatchObject({ path: '/__emulator/health', port });
      expect(allowed).toContain(probe.httpHeaders.find(({ name }) => name === 'Host')!.value);
    }
    expect(container!.ports).toEqual([{ containerPort: port }]);
  });
});

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}
interface Container {
  readonly args: readonly string[];
  readonly ports: readonly unknown[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
}
interface Probe {
  readonly httpGet: { readonly httpHeaders: readonly { readonly name: string; readonly value: string }[] };
}

const directory = mkdtempSync(join(tmpdir(), 'tpe-blocks-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What the language's own reader says of the text; nothing where it is well formed. */
function complaints({ language, text }: Pick<DocumentBlock, 'language' | 'text'>): string {
  switch (language) {
    case 'sh':
      return said(['sh', '-n'], 'block.sh', text);
    case 'js':
    case 'ts':
      // As a module, where `await` needs no function.
      return thrown(() => void parseAst(`${text}\nexport {};`, { lang: language }));
    case 'py':
      return said(['python3', '-m', 'py_compile'], 'block.py', text);
    case 'java':
      // No further than the syntax: the libraries are not here.
      return said(['javac', '--should-stop=ifNoError=PARSE', '-d', directory], 'Block.java', text);
    case 'json':
      return thrown(() => void JSON.parse(text));
    case 'yaml':
      return parseAllDocuments(text)
        .flatMap(({ errors }) => errors.map(({ message }) => message))
        .join();
    case 'ini':
      return text
        .split('\n')
        .filter((line) => !/^(?:|#.*|\[\w+\]|\w+=.*)$/.test(line))
        .join();
    default:
      throw new Error(`Nobody here reads ${language}.`);
  }
}

function said([command = '', ...words]: readonly string[], name: string, text: string): string {
  const file = join(directory, basename(name));
  writeFileSync(file, text);
  const { status, stderr, error } = spawnSync(command, [...words, file], { encoding: 'utf8' });
  // A language that this machine does not have is read where there is one.
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return '';
  return status === 0 ? '' : stderr || `ended with ${status}`;
}

function thrown(read: () => void): string {
  try {
    read();
    return '';
  } catch (error) {
    return String(error);
  }
}
