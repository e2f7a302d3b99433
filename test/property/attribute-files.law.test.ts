import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldsOf, fieldText, rowEnds } from '../../src/protocol/attribute-file/dialect.ts';
import { caAliasForm, caCadence, caFinName, caSize } from '../../src/protocol/rules/index.ts';
import { ATTRIBUTE_FILE_BYTES_MAX } from '../../src/protocol/vocabulary/index.ts';
import { hostileText } from '../../src/sim/index.ts';
import { fileDueAt, isAlias, isFinFor } from '../../src/sim/model/customer-attributes.ts';

const field = hostileText().map((text) => text.replaceAll(/\p{Surrogate}/gu, '').replaceAll('\r', ''));
const table = fc
  .integer({ min: 2, max: 4 })
  .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }));

/** As the server cuts a file. */
function read(text: string): (readonly string[] | undefined)[] {
  const bytes = Buffer.from(text);
  const endOf = rowEnds(bytes);
  const rows: (readonly string[] | undefined)[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = endOf(at);
    const end = found === -1 ? bytes.length : found;
    rows.push(fieldsOf(bytes.toString('utf8', at, end)));
    at = end + 1;
  }
  return rows;
}

test('ca-quoting: what is written is read again, by csv-parse as well', () => {
  fc.assert(
    fc.property(table, (rows) => {
      const text = `${rows.map((row) => row.map(fieldText).join(',')).join('\n')}\n`;
      expect(read(text)).toEqual(rows);
      // It knows one escape for all characters, of which only two need one.
      expect(parse(text, { escape: '\\', skip_empty_lines: false })).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});

test('ca-alias-form: the model and the rule agree on any alias', () => {
  const alias = fc.stringMatching(/^[a-z0-9._-]{0,52}$/);
  fc.assert(
    fc.property(fc.oneof(alias, hostileText()), (text) => {
      expect(caAliasForm.decide(text) === undefined).toBe(isAlias(text));
    }),
  );
});

test('ca-file-csv, ca-fin-name: the model and the rules agree on which file a .fin is for', () => {
  const part = fc.constantFrom('crm', 'a', '.csv', '.gz', '.zip', '.fin', '.CSV', ' ', '');
  const name = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(name, name, (stem, other) => {
      for (const fin of [`${stem}.fin`, `${other}.fin`])
        for (const file of [`${stem}.csv`, `${stem}.csv.gz`, stem, other])
          expect([fin, file, caFinName.decide(fin, file)]).toEqual([fin, file, isFinFor(fin, file)]);
    }),
  );
});

test('ca-cadence: the model and the rule agree on when a file is due', () => {
  const time = fc.integer({ min: 0, max: 10_000_000 });
  const reading = fc.constantFrom('at-once' as const, 'half-hourly' as const);
  fc.assert(
    fc.property(time, fc.option(time, { nil: undefined }), reading, (now, before, chosen) => {
      const dueAt = caCadence.decide(now, before, chosen);
      expect(dueAt).toBe(fileDueAt(now, before, chosen));
      expect(dueAt).toBeGreaterThanOrEqual(now);
    }),
  );
});

test('ca-size: 4 GB pass, and not a byte more', () => {
  expect(caSize.decide(ATTRIBUTE_FILE_BYTES_MAX)).toBeUndefined();
  expect(caSize.decide(ATTRIBUTE_FILE_BYTES_MAX + 1)?.rule).toBe('ca-size');
});
