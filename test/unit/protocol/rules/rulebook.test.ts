/** The rulebook as a whole. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decides, describeRule, findRule, allRules } from '../../../../src/protocol/rules/index.ts';
import { DEFAULT_SETTINGS, RULE_IDS } from '../../../../src/protocol/vocabulary/index.ts';

const ids = allRules().map((rule) => rule.id);

/** The first or second cell of a row of its tables. */
const CATALOGUED = [
  ...readFileSync('docs/api/catalogue.md', 'utf8').matchAll(/^\|(?: \d+ \|)? `?([a-z0-9]+(?:-[a-z0-9]+)+)`? +\|/gm),
].map(([, id]) => id!);

test('it has well over 100 rules of the catalogue, each once', () => {
  expect(allRules().filter((rule) => !rule.id.startsWith('our-')).length).toBeGreaterThan(120);
  expect(new Set(ids).size).toBe(ids.length);
});

test('it has every rule that the code names', () => {
  expect(RULE_IDS.filter((id) => !ids.includes(id))).toEqual([]);
});

test('it leaves out nothing of the catalogue', () => {
  expect(CATALOGUED.length).toBeGreaterThan(200);
  expect([...new Set(CATALOGUED)].filter((id) => !(ids as readonly string[]).includes(id))).toEqual([]);
});

test('what the catalogue calls archived or superseded, the note of its rule calls so first', () => {
  const rows = readFileSync('docs/api/catalogue.md', 'utf8').matchAll(
    /^\|(?: \d+ \|)? `?([a-z0-9]+(?:-[a-z0-9]+)+)`? \|.*\| documented \((archived|superseded|removed)\b/gm,
  );
  const dated = Array.from(rows, ([, id = '', word]) => ({ id, word: word === 'superseded' ? word : 'archived' }));
  expect(dated.length).toBeGreaterThan(15);
  for (const { id, word } of dated) expect(findRule(id)?.note?.toLowerCase().startsWith(word), id).toBe(true);
});

test('each rule says one thing, where it stands, how sure it is and what it binds', () => {
  const labels = new Set(['documented', 'release-note', 'observed-by-client', 'community', 'inferred', 'ours']);
  const incomplete = allRules().filter(
    ({ id, statement, source, confidence, versions }) =>
      !/^\S[^]*\.$/.test(statement) ||
      source === '' ||
      !labels.has(confidence) ||
      versions.length === 0 ||
      (id.startsWith('our-') && confidence !== 'ours'),
  );
  expect(incomplete).toEqual([]);
});

test('each rule names settings and deciding rules that exist', () => {
  const settings = new Set<string>(Object.keys(DEFAULT_SETTINGS));
  const astray = allRules().filter(({ setting, note }) => {
    const decider = /Decided by ([a-z0-9-]+)\./.exec(note ?? '')?.[1];
    const isDecided = decider === undefined || allRules().some((rule) => rule.id === decider && decides(rule));
    return !isDecided || (setting !== undefined && !settings.has(setting));
  });
  expect(astray).toEqual([]);
});

test('each rule of ours has a setting, or says why not', () => {
  const ours = allRules().filter(({ confidence, id }) => confidence === 'ours' && id.startsWith('our-'));
  expect(ours.filter(({ setting, fixed }) => (setting === undefined) === (fixed === undefined))).toEqual([]);
  expect(allRules().filter(({ fixed, confidence }) => fixed !== undefined && confidence !== 'ours')).toEqual([]);
});

test("every setting is some rule's", () => {
  const settings = new Set(allRules().map((rule) => rule.setting));
  expect(Object.keys(DEFAULT_SETTINGS).filter((name) => !settings.has(name))).toEqual([]);
});

test('a rule is found by its id, and described by its statement', () => {
  expect(findRule('v2-upsert')?.statement).toBe(describeRule('v2-upsert'));
  expect(findRule('v2-invented')).toBeUndefined();
  expect(findRule('__proto__')).toBeUndefined();
  expect(describeRule('v2-invented')).toBe('v2-invented');
});

test('what is not emulated says so, and decides nothing', () => {
  const left = allRules().filter(({ emulated }) => emulated === false);
  expect(left.map(({ id }) => id)).toContain('auth-roles');
  expect(left.filter(decides)).toEqual([]);
});
