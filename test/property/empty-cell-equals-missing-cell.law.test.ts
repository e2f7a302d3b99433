import fc from 'fast-check';
import { expect } from 'vitest';
import { batchFile, fileSpec, validBatchFile } from '../../src/sim/index.ts';
import type { Cell, FileSpec } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { snapshot } from './snapshot.ts';
import { withClient } from './world.ts';

lawUnderEveryReading(
  'empty-ignored, empty-only-skipped, body-rows-ragged: an empty cell equals a missing cell',
  fc.record({
    api: fc.constantFrom('v2' as const, 'v1' as const),
    before: validBatchFile(),
    spec: fileSpec({ surplusCells: 'none' }),
  }),
  async ({ api, before, spec }, settings) => {
    // Read as a form, an escaped separator makes other cells and lines of the ones that are filled up here.
    if (settings.body === 'form' && spec.rows.some((row) => row.cells.some(({ text }) => /[,\r\n&]/.test(text))))
      return;
    const outcomes: unknown[] = [];
    for (const file of [batchFile(filledUp(spec)), batchFile(cutShort(spec))]) {
      await withClient(settings, async (client, { port }) => {
        await port.submit(client, 'v2', before.bytes);
        await port.submit(client, api, file.bytes);
        await port.apply(client, 'all');
        const [, batch] = await port.batches(client);
        outcomes.push([batch && (await port.rows(batch.batchId)), await snapshot(client, port, [before, file])]);
      });
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  },
);

const EMPTY: Cell = { text: '', spelling: 'padded' };

/** Every row as long as the header row. */
function filledUp(spec: FileSpec): FileSpec {
  const rows = spec.rows.map((row) => ({ ...row, cells: spec.names.map((_, index) => row.cells[index] ?? EMPTY) }));
  return { ...spec, rows };
}

/** No row ends with an empty cell, unless it would be no row at all. */
function cutShort(spec: FileSpec): FileSpec {
  const rows = spec.rows.map((row) => {
    const filled = row.cells.findLastIndex((cell) => cell.text !== '') + 1;
    return { ...row, cells: row.cells.slice(0, row.id.text === '' ? Math.max(filled, 1) : filled) };
  });
  return { ...spec, rows };
}
