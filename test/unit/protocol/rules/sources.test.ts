/** Sources are addresses that open: each key of each rule leads to its document. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allRules } from '../../../../src/protocol/rules/index.ts';
import { sourceLinks } from '../../../../src/protocol/rules/sources.ts';

/** Written by whoever looked, and nowhere else; or a word of ours. */
const WITHOUT_ADDRESS =
  /^(?:captured|target(?:-dev)?\.en .*|ECA|KCS\d+|no document.*|this emulator; nothing of the API.*|HTTP semantics; captured.*|[a-z0-9]+(?:-[a-z0-9]+)+(?:; [a-z0-9]+(?:-[a-z0-9]+)+)*)$/;

it('leads from the source of every rule to an address, or says that there is none', () => {
  for (const { id, source } of allRules())
    if (sourceLinks(source).length === 0) expect(source, id).toMatch(WITHOUT_ADDRESS);
});

it('knows every key that a rule names', () => {
  const known = new Set(allRules().flatMap(({ source }) => sourceLinks(source).map(({ key }) => key)));
  const named = allRules().flatMap(
    ({ source }) => source.match(/(?<![\w-])(?:[A-Z][A-Z0-9]{1,6}(?:-[A-Z])?|3RD)(?![\w-])/g) ?? [],
  );
  expect([...new Set(named)].filter((key) => !known.has(key)).toSorted()).toEqual([
    'API',
    'ATJS1',
    'ECA',
    'HTTP',
    'KCS',
    'SEGFN',
  ]);
});

it.each([
  ['BULK; TT-B; Q19', ['BULK', 'TT-B', 'Q19']],
  ['SLATE; BULK@af9db32', ['SLATE', 'BULK@af9db32']],
  ['LIM (2019+); DEL', ['LIM', 'DEL']],
  ['SEGDOC; SLATE17; BULK; BULK', ['SEGDOC', 'SLATE17', 'BULK']],
  ['captured', []],
])('finds in %j the keys %j, each once', (source, keys) => {
  expect(sourceLinks(source).map(({ key }) => key)).toEqual(keys);
});

it('gives https addresses of documents, and the file of the package for questions of ours', () => {
  for (const { url } of sourceLinks(
    allRules()
      .map(({ source }) => source)
      .join('; '),
  )) {
    if (url.startsWith('docs/')) expect(readFileSync(url, 'utf8')).toContain('# 3. OPEN QUESTIONS');
    else expect(new URL(url)).toMatchObject({ protocol: 'https:', search: '' });
  }
});

it('says the same as the catalogue where that names the whole path', () => {
  const catalogue = readFileSync('docs/api/catalogue.md', 'utf8');
  for (const key of ['BULK', 'LIM', 'DOCCHG', 'RN20']) {
    const path = new RegExp(`^\\| ${key} \\| \\S+ \`([^\`]+)\``, 'm').exec(catalogue)![1]!;
    expect(sourceLinks(key)[0]!.url.endsWith(path), `${key} ${path}`).toBe(true);
  }
});
