/** Every link of the documents leads to a file that is there, and to a heading that is in it; the index has every page. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const FILES = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!).filter((to) => !/^https?:/.test(to));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What is wrong with a link, in words; nothing where it leads to something. */
function fault(file: string, to: string): string | undefined {
  const [path = '', anchor] = to.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(target)) return `${to}: there is no such file`;
  if (anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).has(anchor)) return undefined;
  return `${to}: there is no such heading`;
}

describe('links', () => {
  it.each(FILES)('of %s lead somewhere', (file) => {
    const links = linksOf(readFileSync(file, 'utf8'));
    expect(links.flatMap((to) => fault(file, to) ?? [])).toEqual([]);
  });

  it('would be seen to lead nowhere (canary)', () => {
    expect(linksOf('[a](b.md) `[no](c.md)` [out](https://x.example)')).toEqual(['b.md']);
    expect(fault('docs/faults.md', 'gone.md')).toMatch(/no such file/);
    expect(fault('docs/faults.md', '../README.md#gone')).toMatch(/no such heading/);
    expect(fault('docs/faults.md', '#what-replays')).toBeUndefined();
  });

  it('of the index lead to every page but the decisions', () => {
    const index = new Set(linksOf(readFileSync('docs/README.md', 'utf8')).map((to) => join('docs', to.split('#')[0]!)));
    const pages = FILES.filter((file) => file.startsWith('docs/') && !/^docs\/(?:README|decisions\/)/.test(file));
    expect(pages.filter((page) => !index.has(page)).map((page) => relative('docs', page))).toEqual([]);
  });
});
