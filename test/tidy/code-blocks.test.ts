/** Every block of README and docs is typed by a test, or says that it is not and is at least well formed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { fieldsOf } from '../../src/cli/schema-fields.ts';
import { serveOptionsSchema } from '../../src/server/options.ts';
import { documentBlocks, type DocumentBlock } from '../package/document-blocks.ts';

/** Generated from the types, or from the sources. */
const GENERATED = 'docs/reference';
const FILES = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .filter((name) => !name.startsWith(GENERATED)),
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

const all = FILES.flatMap((file) => documentBlocks(file).map((block) => ({ file, ...block })));

describe('every block', () => {
  it.each(FILES.filter((file) => documentBlocks(file).some(({ isNotRun }) => !isNotRun)))('of %s is typed', (file) => {
    expect(runnersOf(file)).not.toEqual([]);
  });

  it.each(all.filter(({ isNotRun, language }) => isNotRun || /^(?:ya?ml|json)$/.test(language)))(
    'of $file at $line, which is not typed, is well formed',
    (block) => {
      expect(complaints(block)).toBe('');
    },
  );

  it('would be seen to be broken (canary)', () => {
    const broken: Readonly<Record<string, string>> = {
      sh: 'if true; then',
      js: 'const = 1;',
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
      return said([process.execPath, '--check'], 'block.mjs', text);
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
