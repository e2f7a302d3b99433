/** An upload as an async iterable, and the inputs a library hands over. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  createUploader,
  uploadEvents,
  type UploadEvent,
  type UploadResult,
  type UploadSource,
} from '../../../src/client/index.ts';
import { chunksOf, collect, ENDPOINT, fakeClock, fakeTransport, middling, source, willingService } from './support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\na2,Basel\n';

function setUp(answer: Parameters<typeof fakeTransport>[1] = willingService) {
  const clock = fakeClock();
  const transport = fakeTransport(clock, answer);
  const uploader = createUploader({ endpoint: ENDPOINT, client: 'acme', transport, clock, random: middling });
  return { uploader, transport };
}

describe('uploadEvents', () => {
  it('tells what happens in its order, and what it came to at the end', async () => {
    const { uploader } = setUp();
    const events = await collect(uploadEvents((run) => uploader.upload(source(CSV), run)));
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      'reading',
      'planned',
      'sending',
      'submitted',
      'status',
      'settled',
      'ended',
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'ended', result: { state: 'done' } });
  });

  it('throws what the upload rejects with', async () => {
    const { uploader } = setUp();
    const events = uploadEvents((run) => uploader.upload('/nowhere.csv', run));
    await expect(collect(events)).rejects.toMatchObject({ code: 'input-unreadable' });
  });

  it('ends the upload where nobody listens any more, and keeps little for a slow listener', async () => {
    let ended: UploadResult | undefined;
    const { uploader, transport } = setUp();
    const seen: UploadEvent[] = [];
    const events = uploadEvents(async (run) => {
      ended = await uploader.upload(source(CSV), run);
      return ended;
    });
    for await (const event of events) {
      seen.push(event);
      if (event.kind === 'planned') break;
    }
    expect(ended).toMatchObject({ kind: 'report', state: 'interrupted' });
    expect(transport.sent).toEqual([]);

    const many = uploadEvents(async ({ onProgress }) => {
      for (let rows = 0; rows < 10_000; rows += 1)
        onProgress!({ kind: 'reading', rows, bytes: 1, bytesMax: undefined });
      return uploader.upload(source(CSV));
    });
    const told = await collect(many);
    expect(told.length).toBeLessThan(10);
    expect(told[0]).toMatchObject({ kind: 'reading', rows: 9_999 });
  });
});

describe('the input of a library', () => {
  const inputs: Record<string, () => UploadSource> = {
    'a text': () => ({ name: 'x', text: CSV }),
    'a Node stream': () => ({ name: 'x', chunks: Readable.from([Buffer.from(CSV)]) }),
    'a web stream': () => ({ name: 'x', chunks: new Blob([CSV]).stream() }),
    'an array of texts': () => ({ name: 'x', chunks: CSV.split(/(?=,)/) }),
    'a generator that can be run again': () => ({ name: 'x', open: () => chunksOf(CSV, 3) }),
    'an iterable that can be opened again': () => ({
      name: 'x',
      open: () => [CSV.slice(0, 9), Buffer.from(CSV.slice(9))],
    }),
  };
  it.each(Object.keys(inputs))('may be %s', async (what) => {
    const { uploader, transport } = setUp();
    expect(await uploader.upload(inputs[what]!())).toMatchObject({ state: 'done' });
    expect(transport.sent[0]!.body).toBe('batch=thirdPartyId,city\na1,Bern\na2,Basel\n');
  });

  it('leaves timers and signals their turn, even where all of it is there at once', async () => {
    const { uploader } = setUp();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    function* endless() {
      yield 'thirdPartyId,city\n';
      for (let index = 0; ; index += 1) yield `v${index},${'x'.repeat(60_000)}\n`;
    }
    const upload = uploader.upload({ name: 'x', open: endless }, { signal: abort.signal });
    await expect(upload).rejects.toMatchObject({ code: 'interrupted' });
  });
});
