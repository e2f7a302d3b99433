/** Every function that a public entry exports is documented: what it does, an example, its defaults, and what it throws. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The root entry, src/server/index.ts, is missing here: its handle documents its methods one by one. */
const ENTRIES = [
  'src/client/index.ts',
  'src/sim/index.ts',
  'src/compare/index.ts',
  'src/testing/index.ts',
  'src/testing/vitest.ts',
];

interface PublicFunction {
  readonly name: string;
  readonly docstring: string;
  /** Up to the body. */
  readonly signature: string;
  readonly body: string;
}

const FUNCTION = /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export (?:async )?function\*? (\w+)([^]*?) \{\n([^]*?)\n\}\n/g;

function functionsIn(text: string): PublicFunction[] {
  return [...text.matchAll(FUNCTION)].map(([whole, docstring = '', name, signature, body]) => ({
    name: name!,
    docstring: docstring.replaceAll(/^ *\* ?/gm, '').trim(),
    signature: whole.includes('export async') ? `async ${signature}` : signature!,
    body: body!,
  }));
}

/** What an entry exports: its own functions, and those that it takes from other files, wherever these take them from. */
function exportedFunctions(entry: string, read: (file: string) => string): PublicFunction[] {
  const text = read(entry);
  const own = functionsIn(text);
  const taken = [...text.matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)].flatMap(([, names, specifier]) => {
    const wanted = new Set(names!.split(',').map((name) => name.trim()));
    return exportedFunctions(join(dirname(entry), specifier!), read).filter(({ name }) => wanted.has(name));
  });
  const all = [...text.matchAll(/^export \* from '([^']+)'/gm)].flatMap(([, specifier]) =>
    exportedFunctions(join(dirname(entry), specifier!), read),
  );
  return [...own, ...taken, ...all];
}

/** What is missing, in words. */
function missingFrom({ name, docstring, signature, body }: PublicFunction): string[] {
  const [, before = '', example = ''] = docstring.match(/^([^]*?)@example\n([^]*)$/) ?? [];
  const lacks = [
    [!/^[A-Z`][^@]*\./.test(docstring), 'no sentence that says what it does'],
    [!example.includes(name), 'no @example that calls it, at the end'],
    [/\bthrow\b/.test(body) || signature.startsWith('async ') ? !before.includes('@throws ') : false, 'no @throws'],
    [/[^=!<>]=[^=>]/.test(signature) && !/\bdefaults?\b|unless told/i.test(before), 'no word on its defaults'],
    [/\b\w+Ms\b/.test(signature) && !/\bmilliseconds\b/.test(before), 'no unit of its times'],
  ] as const;
  return lacks.filter(([isLacking]) => isLacking).map(([, what]) => `${name}: ${what}`);
}

describe('a public entry', () => {
  const read = (file: string) => readFileSync(file, 'utf8');

  it.each(ENTRIES)('%s documents every function that it exports', (entry) => {
    const functions = exportedFunctions(entry, read);
    expect(functions.length).toBeGreaterThan(0);
    expect(functions.flatMap(missingFrom)).toEqual([]);
  });

  it('is read through files that only hand on', () => {
    const names = exportedFunctions('src/sim/index.ts', read).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['createModel', 'modelPort', 'anyText', 'disagreement']));
  });
});

describe('the check itself, on fabricated input', () => {
  const lacking = (text: string) => functionsIn(text).flatMap(missingFrom);
  const documented = (more: string) => `/**\n * Does it.${more}\n *\n * @example\n * f();\n */\n`;

  it('takes what is documented', () => {
    expect(lacking(`${documented('')}export function f(): number {\n  return 1;\n}\n`)).toEqual([]);
    expect(lacking(`${documented(' Rows default to 5.')}export function f(rows = 5): void {\n  go();\n}\n`)).toEqual(
      [],
    );
  });

  it.each([
    [
      'export function f(): void {\n  go();\n}\n',
      ['f: no sentence that says what it does', 'f: no @example that calls it, at the end'],
    ],
    [`${documented('')}export function f(): void {\n  throw new Error();\n}\n`, ['f: no @throws']],
    [`${documented('')}export async function f(): Promise<void> {\n  await go();\n}\n`, ['f: no @throws']],
    [`${documented('')}export function f(rows = 5): void {\n  go();\n}\n`, ['f: no word on its defaults']],
    [`${documented('')}export function f(waitMs: number): void {\n  go();\n}\n`, ['f: no unit of its times']],
  ])('names what is missing: %j', (text, missing) => {
    expect(lacking(text)).toEqual(missing);
  });
});
