/** The rulebook as a whole. */
import { expect, test } from 'vitest';
import { decides, describeRule, findRule, RULES } from '../../../../src/protocol/rules/index.ts';
import { CATALOGUE_RULE_IDS, DEFAULT_SETTINGS, OUR_RULE_IDS } from '../../../../src/protocol/vocabulary/index.ts';

const ids = RULES.map((rule) => rule.id);

test('it has well over 100 rules of the catalogue, each once, in the order of the catalogue and then ours', () => {
  const known = [...CATALOGUE_RULE_IDS, ...OUR_RULE_IDS];
  expect(RULES.filter((rule) => !rule.id.startsWith('our-')).length).toBeGreaterThan(120);
  expect(ids).toEqual(known.filter((id) => ids.includes(id)));
});

test('it has every rule that is ours', () => {
  expect(OUR_RULE_IDS.filter((id) => !ids.includes(id))).toEqual([]);
});

test('it leaves out only what the emulator and the uploader do nothing about', () => {
  const left = CATALOGUE_RULE_IDS.filter((id) => !ids.includes(id));
  expect(left).toEqual(['res-offline-ok', 'res-mbox-ajax', 'err-mbox-legacy', 'sgl-mbox-free']);
});

test('each rule says one thing, where it stands, how sure it is and what it binds', () => {
  const labels = new Set(['documented', 'release-note', 'observed-by-client', 'community', 'inferred', 'ours']);
  const incomplete = RULES.filter(
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
  const astray = RULES.filter(({ setting, note }) => {
    const decider = /Decided by ([a-z0-9-]+)\./.exec(note ?? '')?.[1];
    const isDecided = decider === undefined || RULES.some((rule) => rule.id === decider && decides(rule));
    return !isDecided || (setting !== undefined && !settings.has(setting));
  });
  expect(astray).toEqual([]);
});

test('each rule of ours has a setting, or says why not', () => {
  const ours = RULES.filter(({ confidence, id }) => confidence === 'ours' && id.startsWith('our-'));
  expect(ours.filter(({ setting, fixed }) => (setting === undefined) === (fixed === undefined))).toEqual([]);
  expect(RULES.filter(({ fixed, confidence }) => fixed !== undefined && confidence !== 'ours')).toEqual([]);
});

test("every setting is some rule's", () => {
  const settings = new Set(RULES.map((rule) => rule.setting));
  expect(Object.keys(DEFAULT_SETTINGS).filter((name) => !settings.has(name))).toEqual([]);
});

test('a rule is found by its id, and described by its statement', () => {
  expect(findRule('v2-upsert')?.statement).toBe(describeRule('v2-upsert'));
  expect(findRule('v2-invented')).toBeUndefined();
  expect(findRule('__proto__')).toBeUndefined();
  expect(describeRule('res-mbox-ajax')).toBe('res-mbox-ajax');
});

test('what is not emulated says so, and decides nothing', () => {
  const left = RULES.filter(({ emulated }) => emulated === false);
  expect(left.map(({ id }) => id)).toContain('auth-roles');
  expect(left.filter(decides)).toEqual([]);
});
