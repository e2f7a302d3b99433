import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBatchFile, type CheckReport } from '../../src/client/index.ts';
import { ourMessageTexts } from '../../src/protocol/rules/index.ts';
import { readSubmitReply } from '../../src/protocol/wire/index.ts';
import type { Api, DiagnosticTally, RuleId, Settings } from '../../src/protocol/vocabulary/index.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { SETTINGS_COVER } from '../../src/sim/index.ts';
import { cutAt } from '../unit/protocol/batch-file/read-blocks.ts';
import { lawUnderEveryReading } from './law.ts';
import { type AnyFile, anyFile } from './spliced-files.ts';
import { disagreementOf, withClient, type World } from './world.ts';

/** What a sender learns: the refusal of the whole file, or what became of its rows and what was noted. */
type Verdict =
  | { readonly refused: RuleId; readonly message: string }
  | {
      readonly rows: number;
      readonly failedRows: number;
      readonly ignoredRows: number;
      readonly failures: readonly Omit<CheckReport['failures'][number], 'row'>[];
      readonly notes: readonly DiagnosticTally[];
    };

type Check = (chunks: AsyncIterable<Uint8Array>, settings?: Partial<Settings>) => Promise<CheckReport>;

const files = fc.record({ file: anyFile(), api: fc.constantFrom('v2' as const, 'v1' as const) });

describe('the offline check and the server', () => {
  lawUnderEveryReading(
    'our-not-utf8, hdr-encoded, our-body-reading, enc-two-readings, our-line-ends, our-byte-order-mark, our-surplus-cells, our-undecodable: any bytes are judged alike, with the same rows failed and the same notes',
    files,
    async ({ file, api }, settings) => {
      expect(await checked(file, settings)).toEqual(await served(file, api, settings));
    },
    { runs: 4_000 },
  );

  lawUnderEveryReading(
    'our-not-utf8, enc-two-readings: any bytes are judged as the model judges them',
    files,
    async ({ file: { bytes }, api }, settings) => {
      const spec = {
        idKind: 'pcId',
        names: [],
        rows: [],
        byteOrderMark: false,
        lineEnd: '\n',
        finalLineEnd: true,
      } as const;
      const commands = [
        { kind: 'submit', api, file: { bytes, spec } },
        { kind: 'apply', amount: 'all' },
      ] as const;
      expect(await disagreementOf(commands, settings)).toBeUndefined();
    },
    { runs: 2_000 },
  );

  it.each<[string, Check]>([
    ['looks at the text instead of the bytes', (chunks, ...rest) => checkBatchFile(asText(chunks), ...rest)],
    ['knows the raw reading only', (chunks, settings) => checkBatchFile(chunks, { ...settings, body: 'raw' })],
    ['joins what was cut without its line ends', (chunks, ...rest) => checkBatchFile(trimmed(chunks), ...rest)],
    [
      'forgets where it met something',
      async (...given) => {
        const report = await checkBatchFile(...given);
        const diagnostics = report.diagnostics.map((tally) => ({ ...tally, first: [] }));
        return { ...report, diagnostics };
      },
    ],
  ])('are not the same when the check %s (canary)', async (_, broken) => {
    const readings = fc.constantFrom(...SETTINGS_COVER);
    const law = fc.asyncProperty(files, readings, async ({ file, api }, settings) => {
      expect(await checked(file, settings, broken)).toEqual(await served(file, api, settings));
    });
    const { failed, errorInstance } = await fc.check(law, { numRuns: 2_000, endOnFailure: true });
    expect([failed, (errorInstance as Error).name]).toEqual([true, 'AssertionError']);
  });

  // The differences first seen, before there was one grammar.
  it.each<[string, string, Partial<Settings>, object]>([
    [
      'our-not-utf8: a row whose last cell is cut by the end of the parameter',
      'batch=pcId,a\n1,x\xff&\n',
      { body: 'form' },
      { failedRows: 1, failures: [{ kind: 'failed', rule: 'our-not-utf8' }] },
    ],
    [
      'hdr-encoded: judged before the key column is looked for',
      'batch=pcId\xff,a\n1,x',
      {},
      { refused: 'hdr-encoded' },
    ],
    [
      'enc-two-readings: noted of a row that is not text as well',
      'batch=pcId,a\n1%0A,x\xff\n',
      {},
      { failedRows: 1, notes: [{ rule: 'enc-two-readings', count: 1, first: [{ row: 1, column: 1 }] }] },
    ],
  ])('%s', async (_, text, readings, verdict) => {
    const settings = { ...DEFAULT_SETTINGS, ...readings };
    const file = { bytes: Buffer.from(text, 'latin1'), cuts: [] };
    expect(await checked(file, settings)).toMatchObject(verdict);
    expect(await served(file, 'v1', settings)).toMatchObject(verdict);
  });
});

async function checked({ bytes, cuts }: AnyFile, settings: Settings, check: Check = checkBatchFile): Promise<Verdict> {
  const { rejection, rows, failedRows, ignoredRows, failures, diagnostics } = await check(
    arriving(cutAt(bytes, cuts)),
    settings,
  );
  if (rejection !== undefined) return { refused: rejection.rule, message: ourMessageTexts.decide(rejection) };
  return {
    rows,
    failedRows,
    ignoredRows,
    failures: failures.map(({ kind, rule, column }) => ({ kind, rule, ...(column !== undefined && { column }) })),
    notes: byRule(diagnostics),
  };
}

async function served({ bytes, cuts }: AnyFile, api: Api, settings: Settings): Promise<Verdict> {
  return withClient(settings, async (client, world) => {
    const refusal = await submit(world, client, api, cutAt(bytes, cuts));
    if (refusal !== undefined) return refusal;
    await world.port.apply(client, 'all');
    const [batch] = world.emulator.batches(client);
    const rows = await world.port.rows(batch!.batchId);
    const failed = rows.filter(({ outcome }) => outcome === 'failed');
    return {
      rows: batch!.batchSize,
      failedRows: batch!.failedUpdates,
      ignoredRows: batch!.ignoredRows,
      failures: failed.map(({ rule, column }) => ({ kind: 'failed', rule, ...(column !== undefined && { column }) })),
      notes: byRule(batch!.diagnostics.filter(({ rule }) => !NOT_OF_THE_FILE.has(rule))),
    };
  });
}

/** What depends on the version it is sent to, or on the profiles it meets. */
const NOT_OF_THE_FILE: ReadonlySet<RuleId> = new Set([
  'key-ecid-guidance',
  'our-v1-third-party-id',
  'v2-override-caveat',
  'lim-64k-evict',
]);

async function submit(
  { emulator }: World,
  client: string,
  api: Api,
  chunks: Iterable<Uint8Array>,
): Promise<Verdict | undefined> {
  const body = ReadableStream.from(chunks);
  const init: RequestInit = { method: 'POST', body, duplex: 'half' };
  const path = `/m2/${client}/${api === 'v2' ? 'v2/' : ''}profile/batchUpdate`;
  const response = await emulator.fetch(new Request(`http://localhost${path}`, init));
  const message = readSubmitReply(await response.text())?.message ?? '';
  const cause = response.headers.get('x-emulator-cause');
  return cause === null ? undefined : { refused: cause.replace('rule/', '') as RuleId, message };
}

/** Rows are applied in the order of their keys, so that the rules are not noted in the order of the file. */
function byRule(notes: readonly DiagnosticTally[]): readonly DiagnosticTally[] {
  return notes.toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

async function* arriving(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* asText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
}

async function* trimmed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.at(-1) === 0x0a ? chunk.subarray(0, -1) : chunk;
}
