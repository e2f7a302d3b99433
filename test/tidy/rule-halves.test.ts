/** A rule that the documents state in part says which half is ours, in one form: `Ours: …`, at the end of its note. */
import { describe, expect, test } from 'vitest';
import { allRules, decides, type Rule } from '../../src/protocol/rules/index.ts';

/** What is decided in their name is what the documents say, and nothing else. */
const WHOLLY_DOCUMENTED: readonly string[] = [
  'v1-update-only',
  'v2-upsert',
  'res-row-2020-after',
  'auth-expiry',
  'err-fetch-404-3rd',
  'err-fetch-404-pc',
  'dlv-id-one-of',
  'ca-file-csv',
  'ca-columns-equal',
  'ca-match-customerid',
];

const isStated = ({ confidence }: Rule) => confidence === 'documented' || confidence === 'release-note';
const saysOurs = ({ note = '' }: Rule) => /(?:^|[.:] )Ours: \S/.test(note);

/** Ids of what does not keep to it. */
const faults = (rules: readonly Rule[], wholly: readonly string[]) => ({
  unsaid: rules.filter((rule) => isStated(rule) && decides(rule) && !saysOurs(rule) && !wholly.includes(rule.id)),
  wrongForm: rules.filter((rule) => {
    const mentions = rule.confidence === 'ours' ? [] : (rule.note?.match(/\bours\b/gi) ?? []);
    return mentions.length > 1 || (mentions.length === 1 && !saysOurs(rule));
  }),
  neitherNor: wholly.filter(
    (id) => !rules.some((rule) => rule.id === id && isStated(rule) && decides(rule) && !saysOurs(rule)),
  ),
});

describe('which half is ours', () => {
  test('is said by every documented rule that decides, unless it decides nothing else', () => {
    const { unsaid, neitherNor } = faults(allRules(), WHOLLY_DOCUMENTED);
    expect(unsaid.map(({ id }) => id)).toEqual([]);
    expect(neitherNor).toEqual([]);
  });

  test('is said in one form', () => {
    expect(faults(allRules(), WHOLLY_DOCUMENTED).wrongForm.map(({ id, note }) => `${id}: ${note}`)).toEqual([]);
  });

  test('is missed where it is not said (canary)', () => {
    const documented = allRules().find((rule) => isStated(rule) && decides(rule) && saysOurs(rule));
    const silent = { ...documented!, note: 'Archived.' };
    const loose = { ...documented!, note: 'After exactly that time it still lives: ours.' };
    const found = faults([silent, loose], ['v1-update-only']);
    expect(found.unsaid).toEqual([silent, loose]);
    expect(found.wrongForm).toEqual([loose]);
    expect(found.neitherNor).toEqual(['v1-update-only']);
  });
});
