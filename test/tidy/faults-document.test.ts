/** docs/faults.md has every fault there is, with an example that is accepted. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faultSetSchema } from '../../src/server/index.ts';

const rows = readFileSync('docs/faults.md', 'utf8').matchAll(/^\| `(\w+)`.*`(\{.*\})` *\|$/gm);
const examples = Array.from(rows, ([, name, example]) => [name!, example!] as const);

it('the table names each fault once', () => {
  expect(examples.map(([name]) => name).toSorted()).toEqual(Object.keys(faultSetSchema.shape).toSorted());
});

it.each(examples)('the example of %s is a set of just that fault', (name, example) => {
  expect(Object.keys(faultSetSchema.parse(JSON.parse(example)))).toEqual([name]);
});
