/** Either every reading of the body agrees on what an upload writes, or the upload says that it does not know. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkInput } from '../../src/client/index.ts';
import { batchFileReader, resultOf } from '../../src/protocol/batch-file/read-batch-file.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/protocol/vocabulary/index.ts';

/** Everything a service would store. */
function written(body: string, reading: Settings['body']): unknown[] {
  const found: unknown[] = [];
  let names: readonly string[] = [];
  const reader = batchFileReader(
    { ...DEFAULT_SETTINGS, body: reading },
    {
      header: ({ attributes }) => void found.push((names = [...attributes])),
      row: (_, row) =>
        void found.push(
          row.kind === 'row' ? [row.id, row.attributes.map((at, index) => [names[at], row.values[index]])] : row,
        ),
      note: () => undefined,
    },
  );
  resultOf(reader.write(Buffer.from(body)));
  found.push(resultOf(reader.end()));
  return found;
}

const text = fc.string({
  unit: fc.constantFrom(',', '\n', '\r', '+', '&', '=', '%', '%2C', ' ', '"', ';', 'a', 'é', '\u{1F600}', '|'),
  minLength: 1,
  maxLength: 5,
});

it('enc-two-readings, our-body-reading: a body that two readings take differently is never sent without a warning', async () => {
  let differed = 0;
  await fc.assert(
    fc.asyncProperty(text, text, text, async (id, name, value) => {
      const bytes = Buffer.from(JSON.stringify({ pcId: `v${id}v`, [`n${name}n`]: `w${value}w` }));
      const checked = await checkInput({
        name: 'x',
        open: async function* () {
          yield bytes;
        },
      });
      if (checked.kind !== 'plan') throw new Error(JSON.stringify(checked));
      const body = `${checked.sample.join('\n')}\n`;
      const agree = JSON.stringify(written(body, 'raw')) === JSON.stringify(written(body, 'form'));
      const isTold = checked.warnings.some(({ code }) => code === 'two-readings');
      if (!agree) expect(isTold).toBe(true);
      // Nor is there a false alarm where nothing could be cut.
      expect(isTold).toBe(/[,\n\r]/.test(id + name + value));
      if (!agree) differed += 1;
    }),
    { numRuns: 1_000 },
  );
  expect(differed).toBeGreaterThan(100);
});
