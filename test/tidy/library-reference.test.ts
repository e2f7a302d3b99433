/** docs/reference says what the types of the public entries say: stale is red, and `npm run docs` writes it anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { libraryReference, REFERENCE_PAGES } from '../../scripts/library-reference.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const pages = libraryReference(process.cwd());

describe('the reference', () => {
  it.each([...pages])('%s is what the types say', async (name, text) => {
    const file = `docs/reference/${name}.md`;
    const expected = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, expected);
    const actual = existsSync(file) ? readFileSync(file, 'utf8') : '';
    expect(actual === expected, `${file} is stale; npm run docs rewrites it`).toBe(true);
  });

  it.each(REFERENCE_PAGES)('names on $name no function or value that cannot be imported', async (page) => {
    const told = pages
      .get(page.name)!
      .split(/^##? /m)
      .filter((part) => /^(?:Functions|Values)\n/.test(part));
    const exported = await Promise.all(
      page.entries.map(({ source }) => import(join(process.cwd(), source)) as Promise<object>),
    );
    const names = told.flatMap((part) => Array.from(part.matchAll(/^### `(\w+)`/gm), ([, name]) => name));
    const known = new Set(exported.flatMap((entry) => Object.keys(entry)));
    expect(names.filter((name) => !known.has(name!))).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
  });

  it('has every entry that the package exports', () => {
    const told = REFERENCE_PAGES.flatMap(({ entries }) => entries.map(({ specifier }) => specifier));
    const exported = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
    expect(told.map((specifier) => specifier.replace('target-profile-emulator', '.')).toSorted()).toEqual(
      exported.toSorted(),
    );
  });

  it('tells of a function what it takes, gives and throws, with its example', () => {
    const [, section = ''] = /^### `withEmulator`\n([^]*?)^## /m.exec(pages.get('testing')!) ?? [];
    expect(section).toMatch(/^Starts an emulator/m);
    expect(section).toMatch(/withEmulator<Result>\(/);
    expect(section).toMatch(/^_Throws_ whatever/m);
    expect(section).toMatch(/```ts\n.*withEmulator/s);
  });

  it('tells of the emulator every method, those of the table of operations included', () => {
    const [, section = ''] = /^### `Emulator`\n([^]*?)^### /m.exec(pages.get('emulator')!) ?? [];
    for (const name of ['fetch', 'drain', 'explainRow', 'advance', 'verify', 'seedProfiles']) {
      expect(section).toMatch(new RegExp(`^${name}: \\(`, 'm'));
    }
    // One line of it; without this a changed type would go unseen.
    expect(section).toContain('batch: (batchId: string) => BatchRecord | undefined;');
  });
});
