/** What the oldest Node that is supported, 22.15, cannot parse: neither the compiler nor the linter knows which that is. */
import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const TOO_NEW: Readonly<Record<string, RegExp>> = {
  using: /(?:^|[({;])\s*(?:await\s+)?using\s+[\w$]+\s*(?:[=:]|of\b)/m,
  'modifiers within a pattern': /\(\?[ims]+(?:-[ims]+)?:|\(\?-[ims]+:/,
  'import defer': /^\s*import\s+(?:defer|source)\s+[*\w{]/m,
};

/** Lines of comments may speak of it. */
const tooNew = (text: string) => {
  const code = text.replaceAll(/^\s*(?:\*|\/\*|\/\/).*$/gm, '');
  return Object.keys(TOO_NEW).filter((name) => TOO_NEW[name]!.test(code));
};

it('the sources hold no syntax that came after Node 22.15', () => {
  const files = globSync('src/**/*.{ts,tsx}');
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap((file) => tooNew(readFileSync(file, 'utf8')).map((name) => `${file}: ${name}`))).toEqual([]);
});

it.each([
  ['  using file = open();', 'using'],
  ['for (await using file of files) {', 'using'],
  ['  await using emulator = await startEmulator();', 'using'],
  ['/a(?i:b)/', 'modifiers within a pattern'],
  ["import defer * as sftp from './sftp.ts';", 'import defer'],
])('%s would be seen (canary)', (line, name) => {
  expect(tooNew(`const a = 1;\n${line}\n`)).toEqual([name]);
  expect(tooNew(` * ${line}\n`)).toEqual([]);
});
