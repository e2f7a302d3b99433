/** `tpe flip`: which readings are flipped together, and how the result is told to people. */
import { expect, it } from 'vitest';
import { allFlips, type Flip, flipName, flipReportText, pairsOf } from '../../../src/cli/flip/flips.ts';
import { styleFor } from '../../../src/cli/printable.ts';
import { fieldsOf } from '../../../src/cli/schema-fields.ts';
import { DEFAULT_SETTINGS, STRICT_SETTINGS } from '../../../src/protocol/vocabulary/index.ts';
import { emulatorOptionsSchema } from '../../../src/server/index.ts';

const FIELDS = fieldsOf(emulatorOptionsSchema, () => false, DEFAULT_SETTINGS).filter(
  ({ name }) => name in DEFAULT_SETTINGS,
);

it('every two readings are flipped together once, and no reading with itself', () => {
  const flips = allFlips(FIELDS, DEFAULT_SETTINGS);
  const pairs = pairsOf(flips);
  expect(pairs.every(([one, other]) => one.name !== other.name)).toBe(true);
  const names = pairs.map((pair) => pair.map(flipName).toSorted().join());
  expect(new Set(names).size).toBe(names.length);
  const sameName = flips.flatMap((one, at) => flips.slice(at + 1).filter(({ name }) => name === one.name)).length;
  expect(pairs).toHaveLength((flips.length * (flips.length - 1)) / 2 - sameName);
});

it('what is flipped is every other value than the base has, strict or not', () => {
  for (const base of [DEFAULT_SETTINGS, STRICT_SETTINGS]) {
    const flips = allFlips(FIELDS, base);
    expect(flips.filter(({ name, value }) => base[name] === value)).toEqual([]);
    expect(new Set(flips.map(({ name }) => name)).size).toBe(
      FIELDS.filter(({ choices }) => choices.length > 0).length + 1,
    );
  }
});

const plain = styleFor(false, 200);
const flip: Flip = { name: 'surplusCells', value: 'fail' };
const other: Flip = { name: 'illegalIds', value: 'accept' };
const base = { exitCode: 0, failedTests: 0, reached: true, fixed: new Set<string>(), output: '' };
const outcome = (exitCode: number, failedTests?: number) => ({ ...base, exitCode, failedTests });
const report = (...results: object[]) => flipReportText({ base, results } as never, plain);

it('a command that depends on none says so in one line', () => {
  expect(report({ flips: [flip], kind: 'same', outcome: outcome(0, 0) })).toBe(
    'Other readings tried: 1. The command depends on none of them.\n',
  );
});

it.each([
  ['depends', outcome(1, 1), 'one test fails'],
  ['depends', outcome(1, 3), '3 tests fail'],
  ['depends', outcome(7), 'exit code 7'],
  ['depends', outcome(7, 0), 'exit code 7'],
  ['flaky', outcome(1, 1), 'once, not twice: one test fails'],
  ['fixed', outcome(0, 0), 'fixed by the command'],
])('%s: a reading stands there with what it changes, its rules and their sources', (kind, how, effect) => {
  const text = report({ flips: [flip], kind, outcome: how });
  expect(text).toContain('surplusCells: fail');
  // Its column is narrow.
  for (const word of effect.split(' ')) expect(text).toContain(word);
  expect(text).toContain('our-surplus-cells (');
});

it('two that matter only together are named together', () => {
  const text = report({ flips: [flip, other], kind: 'depends', outcome: outcome(1, 1) });
  expect(text).toContain('The command depends on 1: surplusCells: fail with illegalIds: accept.');
});
