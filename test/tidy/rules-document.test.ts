/** docs/rules.md says what src/protocol/rules says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderRules } from '../../scripts/generate-rules.ts';
import { allRules } from '../../src/protocol/rules/index.ts';
import { sourceLinks } from '../../src/protocol/rules/sources.ts';
import { findProofs, readProofFiles, ROOT } from './rule-proofs.ts';

const DOCUMENT = new URL('docs/rules.md', ROOT);

test('docs/rules.md is what the rulebook renders to', () => {
  const { proofs } = findProofs(readProofFiles(), new Set(allRules().map((rule) => rule.id)));
  const expected = renderRules(Object.fromEntries(proofs));
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, expected);
  const actual = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '';
  expect(actual === expected, 'docs/rules.md is stale; UPDATE_DOCS=1 npx vitest run test/tidy rewrites it').toBe(true);
});

test('the document has a table row for every rule', () => {
  const document = renderRules({});
  for (const { id } of allRules()) expect(document).toMatch(new RegExp(`^\\| (?:\\*\\*)?${id}(?:\\*\\*)? \\|`, 'm'));
});

test('every source with an address opens by its key, and stands in the list of sources', () => {
  const document = renderRules({});
  for (const { id, source } of allRules()) {
    const [line = ''] = document.match(new RegExp(`^\\| (?:\\*\\*)?${id}(?:\\*\\*)? \\|.*`, 'm')) ?? [];
    for (const { key, url } of sourceLinks(source)) {
      expect(line).toContain(`[${key}]`);
      expect(document).toContain(`\n[${key}]: ${url.replace(/^docs\//, '')}\n`);
      if (url.startsWith('https:')) expect(document).toContain(`\n| ${key} | <${url}> |\n`);
    }
  }
});

test('a changed sentence and a new proof both change the document', () => {
  expect(renderRules({ 'v2-upsert': ['test/property/x.test.ts'] })).not.toBe(renderRules({}));
});
