/** Every rule that decides something is proven by a law or a case and stands in the model; no test names a rule that is none. */
import { describe, expect, test } from 'vitest';
import { decides, allRules } from '../../src/protocol/rules/index.ts';
import { findProofs, readProofFiles, uncovered } from './rule-proofs.ts';

const RULE_IDS = new Set<string>(allRules().map((rule) => rule.id));
const DECIDING = allRules()
  .filter(decides)
  .map((rule) => rule.id);

describe('the checkout', () => {
  const files = readProofFiles();
  const found = findProofs(files, RULE_IDS);

  test('has tests, laws, cases and a model to look at', () => {
    const paths = files.map((file) => file.path);
    for (const folder of ['test/unit/', 'test/property/', 'test/conformance/cases/', 'src/sim/model/']) {
      expect(paths.filter((path) => path.startsWith(folder)).length, folder).toBeGreaterThan(0);
    }
  });

  test('proves every deciding rule by a law or a conformance case', () => {
    expect(uncovered(DECIDING, found).unproven).toEqual([]);
  });

  test('has a place in the model for every deciding rule', () => {
    expect(uncovered(DECIDING, found).unmodelled).toEqual([]);
  });

  test('names no rule in a test that the rulebook does not have', () => {
    expect(found.unknown).toEqual([]);
  });
});

describe('the check itself, on fabricated input', () => {
  const ids = new Set(['v1-update-only', 'v2-upsert', 'our-blank-key']);
  const found = findProofs(
    [
      { path: 'test/property/v1.law.test.ts', text: "test('v1-update-only: v1 never creates', () => {});" },
      {
        path: 'test/property/v2.law.test.ts',
        text: "lawUnderEveryReading(\n  'v2-upsert: v2 creates the missing',\n  f,\n);",
      },
      { path: 'test/unit/x.test.ts', text: "it.each([1])('our-blank-key, our-invented: fails', () => {});" },
      { path: 'test/conformance/cases/a.txt', text: 'Prose.\nrules: v2-upsert v2-imagined\n' },
      { path: 'src/sim/model/profile.ts', text: "const id = 'our-blank-key'; // v1-update-only: skipped\n" },
    ],
    ids,
  );

  test('sees which file proves which rule', () => {
    expect([...found.proofs]).toEqual([
      ['v1-update-only', ['test/property/v1.law.test.ts']],
      ['v2-upsert', ['test/conformance/cases/a.txt', 'test/property/v2.law.test.ts']],
      ['our-blank-key', ['test/unit/x.test.ts']],
    ]);
  });

  test('names a deciding rule that only a unit test proves', () => {
    expect(uncovered([...ids], found).unproven).toEqual(['our-blank-key']);
  });

  test('names a deciding rule that no comment of the model names', () => {
    expect(uncovered([...ids], found).unmodelled).toEqual(['v2-upsert', 'our-blank-key']);
  });

  test('names rules that do not exist, in titles and in cases', () => {
    expect(found.unknown).toEqual(['test/unit/x.test.ts: our-invented', 'test/conformance/cases/a.txt: v2-imagined']);
  });

  test('takes a rule in the middle of a title for a mention, not for a proof', () => {
    const middle = [{ path: 'test/unit/y.test.ts', text: "test('a row that v1-update-only skips', f);" }];
    expect([...findProofs(middle, ids).proofs]).toEqual([]);
  });

  test('takes a test of the model for no proof, and names what it invents', () => {
    const ofModel = [{ path: 'test/unit/sim/model/m.test.ts', text: "test('v2-upsert, v2-imagined: creates', f);" }];
    const { proofs, unknown } = findProofs(ofModel, ids);
    expect([[...proofs], unknown]).toEqual([[], ['test/unit/sim/model/m.test.ts: v2-imagined']]);
  });

  test("takes a rule in a case's prose, steps and expectations for a mention, and one in a law's comment too", () => {
    const prose = [
      {
        path: 'test/conformance/cases/b.txt',
        text: '# As v1-update-only says\n\nSee v2-upsert.\n\nrules:\n  => cause rule/our-blank-key\n  |rules: v2-upsert\n',
      },
      { path: 'test/property/b.law.test.ts', text: "// v2-upsert\nlaw('one law', 'v1-update-only');" },
    ];
    expect([...findProofs(prose, ids).proofs]).toEqual([]);
  });
});
