/** Proves how a submission is judged and stored while it arrives. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderRow } from '../../../../src/protocol/batch-file/header-row.ts';
import {
  BATCH_FILE_BYTES_LIMIT,
  BATCH_FILE_BYTES_WARN,
  BATCH_ROWS_MAX,
  DEFAULT_SETTINGS,
  type Settings,
} from '../../../../src/protocol/vocabulary/index.ts';
import { receiveBatch } from '../../../../src/server/ingest/receive-batch.ts';
import { readBlocks } from '../../protocol/batch-file/read-blocks.ts';
import { type CollectingSink, collectingSink } from './collecting-sink.ts';

type Options = Partial<Parameters<typeof receiveBatch>[1]> & { sink?: CollectingSink };

async function receive(chunks: Iterable<Uint8Array | string>, options: Options = {}) {
  const sink = options.sink ?? collectingSink();
  const result = await receiveBatch(arriving(chunks), { api: 'v1', settings: DEFAULT_SETTINGS, ...options, sink });
  return { result, sink };
}

async function* arriving(chunks: Iterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk as string);
    yield copy;
    copy.fill(0x2e); // Nobody may look at a chunk again.
  }
}

const SAMPLE = 'batch=pcId,param1,param2,param3,param4\n123,value1\n124,value1,,,value4\n125,,value2\n126,a,b,c,d';

describe('receiveBatch', () => {
  test('takes the sample of the documentation', async () => {
    const { result, sink } = await receive([SAMPLE]);
    expect(result).toEqual({
      kind: 'received',
      body: { kind: 'inline', bytes: Buffer.from(SAMPLE) },
      bytes: SAMPLE.length,
      batchSize: 4,
      idKind: 'pcId',
      diagnostics: [],
    });
    expect(sink.state()).toBe('finished');
  });

  test.each([
    ['body-batch-prefix', 'pcId,a\n1,2', 'err-batch-missing', 'Batch is empty'],
    ['err-batch-missing', '', 'err-batch-missing', 'Batch is empty'],
    ['err-batch-missing', 'batch=', 'err-batch-missing', 'Batch is empty'],
    ['err-batch-missing', 'batch= \n\r\n  \r\n', 'err-batch-missing', 'Batch is empty'],
    ['body-raw-text', '{"batch":"pcId,a"}', 'err-batch-missing', 'Batch is empty'],
    ['hdr-key-first', 'batch=pcid,a\n1,2', 'hdr-key-first', undefined],
    ['hdr-encoded', 'batch=pcId,%ff\n1,2', 'hdr-encoded', undefined],
  ])('%s: %j is refused', async (_, body, rule, message) => {
    const { result, sink } = await receive([body]);
    expect(result).toMatchObject({ kind: 'rejection', rule, ...(message !== undefined && { message }) });
    expect(sink.state()).toBe('discarded');
  });

  test('hdr-encoded: a header row of raw bytes that are not UTF-8 is refused at its column', async () => {
    const { result } = await receive([Buffer.from('batch=pcId,\xe4,b\n1,2', 'latin1')]);
    expect(result).toMatchObject({ rule: 'hdr-encoded', where: { row: 0, column: 2 } });
  });

  test('hdr-first-row: the header row is judged before the rest has arrived', async () => {
    const { result } = await receive(
      (function* () {
        yield 'batch=nobody,a\n';
        throw new Error('Nobody asked for more.');
      })(),
    );
    expect(result).toMatchObject({ rule: 'hdr-key-first' });
  });

  test('our-byte-order-mark: one is taken off and noted, or refused', async () => {
    const { result, sink } = await receive(['\uFEFF' + SAMPLE]);
    expect(result).toMatchObject({ batchSize: 4, bytes: SAMPLE.length + 3 });
    expect(result).toMatchObject({ diagnostics: [{ rule: 'our-byte-order-mark', count: 1 }] });
    expect(sink.text()).toBe(SAMPLE);
    const strict = await receive(['\uFEFF' + SAMPLE], { settings: { ...DEFAULT_SETTINGS, byteOrderMark: 'refuse' } });
    expect(strict.result).toMatchObject({ kind: 'rejection', rule: 'our-byte-order-mark' });
    const two = await receive(['\uFEFF\uFEFF' + SAMPLE]);
    expect(two.result).toMatchObject({ rule: 'err-batch-missing' });
  });

  test('our-line-ends: CRLF ends lines, blank lines are not counted, the last line needs no end', async () => {
    const { result } = await receive(['batch=\r\n  \npcId,a\r\n\r\n1,x\r\n   \n2,y\n\n3\r\n \r']);
    expect(result).toMatchObject({ batchSize: 3, idKind: 'pcId' });
  });

  test('our-header-only: a header row alone is accepted and noted', async () => {
    const { result } = await receive(['batch=thirdPartyId,a,b'], { api: 'v2' });
    expect(result).toMatchObject({ batchSize: 0, diagnostics: [{ rule: 'body-newlines-kept', count: 1 }] });
  });

  test('key-ecid-guidance: v2 with pcId is noted', async () => {
    const v2 = await receive([SAMPLE], { api: 'v2' });
    expect(v2.result).toMatchObject({ diagnostics: [{ rule: 'key-ecid-guidance', count: 1, first: [{ row: 0 }] }] });
    const named = await receive([SAMPLE.replace('pcId', 'thirdPartyId')], { api: 'v2' });
    expect(named.result).toMatchObject({ diagnostics: [] });
  });

  test('our-body-reading: a form is stored as the grammar reads it, with the raw positions noted', async () => {
    const { result, sink } = await receive(['batch=pcId,a%0A1,x+y%0D%0a2,p%2Cq&batch=other'], {
      settings: { ...DEFAULT_SETTINGS, body: 'form' },
    });
    expect(sink.text()).toBe('batch=pcId,a\n1,x%20y\r\n2,p,q');
    expect(result).toMatchObject({
      batchSize: 2,
      diagnostics: [
        {
          rule: 'enc-two-readings',
          count: 3,
          first: [
            { row: 0, column: 2 },
            { row: 0, column: 3 },
            { row: 0, column: 4 },
          ],
        },
      ],
    });
  });
});

describe('receiveBatch, bounds', () => {
  test.each([
    [BATCH_ROWS_MAX - 1, 'received'],
    [BATCH_ROWS_MAX, 'received'],
    [BATCH_ROWS_MAX + 1, 'rejection'],
  ])('lim-rows: %i data rows are %s', async (rows, kind) => {
    const { result } = await receive(rowsOf(rows));
    expect(result.kind).toBe(kind);
    if (result.kind === 'received') expect(result.batchSize).toBe(rows);
    else expect(result).toMatchObject({ rule: 'lim-rows', where: { row: BATCH_ROWS_MAX + 1 } });
  });

  test('lim-rows: too many rows are refused before the rest has arrived', async () => {
    let asked = 0;
    const { sink } = await receive(
      (function* () {
        for (const chunk of rowsOf(BATCH_ROWS_MAX * 2)) {
          asked += 1;
          yield chunk;
        }
      })(),
    );
    expect(asked).toBeLessThanOrEqual(BATCH_ROWS_MAX / ROWS_PER_CHUNK + 2);
    expect(sink.state()).toBe('discarded');
  });

  test.each([
    [BATCH_FILE_BYTES_WARN - 1, 'received', []],
    [BATCH_FILE_BYTES_WARN, 'received', ['lim-file-size']],
    [BATCH_FILE_BYTES_LIMIT - 1, 'received', ['lim-file-size']],
    [BATCH_FILE_BYTES_LIMIT, 'rejection', undefined],
    [BATCH_FILE_BYTES_LIMIT + 1, 'rejection', undefined],
  ])('our-size-boundary: %i bytes are %s', async (bytes, kind, rules) => {
    const { result, sink } = await receive(bytesOf(bytes));
    expect(result.kind).toBe(kind);
    if (result.kind === 'received') {
      expect(result.bytes).toBe(bytes);
      expect(result.diagnostics.map((tally) => tally.rule)).toEqual(rules);
    } else {
      expect(result.rule).toBe('lim-file-size');
      expect(sink.state()).toBe('discarded');
    }
  });

  test('lim-file-size: what comes first in the body is what refuses it', async () => {
    const rows = Buffer.alloc(BATCH_FILE_BYTES_LIMIT, 'a\n');
    const { result } = await receive(['batch=pcId\n', rows]);
    expect(result).toMatchObject({ rule: 'lim-rows' });
  });
});

describe('receiveBatch, broken off', () => {
  test('a cut connection leaves nothing, and its error goes on', async () => {
    const sink = collectingSink();
    const cut = (function* () {
      yield SAMPLE;
      throw new Error('aborted');
    })();
    await expect(receive(cut, { sink })).rejects.toThrow('aborted');
    expect(sink.state()).toBe('discarded');
  });

  test.each(['write', 'finish'] as const)('a sink whose %s fails is discarded', async (method) => {
    const sink: CollectingSink = {
      ...collectingSink(),
      [method]: async () => {
        throw new Error('disk full');
      },
    };
    await expect(receive([SAMPLE], { sink })).rejects.toThrow('disk full');
    expect(sink.state()).toBe('discarded');
  });

  test('a chunk is asked for only when the one before it is written', async () => {
    let writing = 0;
    const sink = collectingSink();
    const slow: CollectingSink = {
      ...sink,
      async write(chunk) {
        writing += 1;
        await new Promise((resolve) => setImmediate(resolve));
        await sink.write(chunk);
        writing -= 1;
      },
    };
    const { result } = await receive(
      (function* () {
        for (const character of SAMPLE) {
          expect(writing).toBe(0);
          yield character;
        }
      })(),
      { sink: slow },
    );
    expect(result.kind).toBe('received');
    expect(sink.text()).toBe(SAMPLE);
  });
});

describe('receiveBatch, laws', () => {
  const unit = fc.constantFrom(
    '\uFEFF',
    'batch=',
    'pcId',
    'thirdPartyId',
    ',',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '+',
    '&',
    '%2C',
    '%0a',
    '%0D',
    '%',
    '%ff',
    'é',
    '漢',
    '𝄞',
    'a',
    'null',
    'profile.x',
    '\xff raw',
  );
  const body = fc
    .tuple(fc.constantFrom('', 'batch=', '\uFEFFbatch=', 'batch=pcId,a,b\n', 'batch=pcId,a\r\n'), fc.array(unit))
    .map(([start, units]) =>
      // `\xff raw` stands for a byte that is no UTF-8.
      Buffer.concat([start, ...units].map((part) => (part === '\xff raw' ? Buffer.from([0xff]) : Buffer.from(part)))),
    );
  const settings: fc.Arbitrary<Settings> = fc
    .record({ body: fc.constantFrom('raw', 'form'), byteOrderMark: fc.constantFrom('tolerate', 'refuse') })
    .map((readings) => Object.assign({}, DEFAULT_SETTINGS, readings));

  test('body-chunked: any chunking of the bytes gives the same result', async () => {
    const sizes = fc.array(fc.nat(4), { maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(
        body,
        sizes,
        settings,
        fc.constantFrom('v1' as const, 'v2' as const),
        async (bytes, cuts, reading, api) => {
          const whole = await receive([bytes], { settings: reading, api });
          const cut = await receive(cutInto(bytes, cuts), { settings: reading, api });
          expect(cut.result).toEqual(whole.result);
          if (whole.result.kind === 'received') expect(cut.sink.bytes()).toEqual(whole.sink.bytes());
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('our-body-reading, our-byte-order-mark: what is kept, read raw, is what was posted, read as the settings say', async () => {
    await fc.assert(
      fc.asyncProperty(body, settings, async (bytes, reading) => {
        const { result, sink } = await receive([bytes], { settings: reading });
        const posted = rowsIn(bytes, reading);
        if (result.kind === 'rejection') {
          expect(posted).toEqual(result);
          return;
        }
        expect(rowsIn(sink.bytes(), { ...reading, body: 'raw', byteOrderMark: 'refuse' })).toEqual(posted);
        expect(posted).toMatchObject({ header: { idKind: result.idKind }, rows: { length: result.batchSize } });
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What the grammar makes of it, notes of cells left out: in the form reading they are those of the raw file. */
function rowsIn(bytes: Uint8Array, settings: Settings): unknown {
  const rows: unknown[] = [];
  let header: HeaderRow | undefined;
  const end = readBlocks(
    [bytes],
    {
      header: (read) => (header = read),
      row: (row, reading) => rows.push({ row, ...structuredClone(reading) }),
    },
    settings,
  );
  return end.kind === 'rejection' ? end : { rows, header };
}

const ROWS_PER_CHUNK = 10_000;

function* rowsOf(rows: number): Generator<string> {
  yield 'batch=pcId,a\n\n';
  for (let left = rows; left > 0; left -= ROWS_PER_CHUNK) yield 'b,c\n'.repeat(Math.min(left, ROWS_PER_CHUNK));
  yield '\r\n  ';
}

function* bytesOf(bytes: number): Generator<Uint8Array | string> {
  const start = 'batch=pcId,a\n1,';
  yield start;
  for (let left = bytes - start.length; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536), 0x61);
}

function* cutInto(bytes: Buffer, sizes: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const size of sizes) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
  yield bytes.subarray(start);
}
