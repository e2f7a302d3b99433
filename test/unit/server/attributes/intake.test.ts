/** Two who upload to one account at once: each looks at the root and changes it, one after the other. */
import { beforeEach, expect, it } from 'vitest';
import { type ClientCode, DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { type AttributeIntake, attributeIntake } from '../../../../src/server/attributes/intake.ts';
import { faultBook } from '../../../../src/server/faults/fault-book.ts';
import { openMemoryStore } from '../../../../src/server/jobs/open-store.ts';
import { clientClocks } from '../../../../src/server/runtime/client-clocks.ts';
import { virtualClock } from '../../../../src/server/runtime/clock.ts';
import type { Store } from '../../../../src/server/store/store.ts';
import { writerOf } from '../../../../src/server/store/verbs.ts';

const client = 'demo' as ClientCode;
const SOURCE = { name: 'crm', subscribed: 'all', active: true, keys: [] } as const;

let store: Store;
let intake: AttributeIntake;
let isFailing: boolean;

beforeEach(async () => {
  store = openMemoryStore();
  isFailing = false;
  for (const alias of ['crm', 'shop']) await store.writer.writeSource(client, { ...SOURCE, alias }, DEFAULT_SETTINGS);
  // As with another thread: what is asked for is done a while later.
  const writer = writerOf(async (name, args) => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    if (isFailing) throw new Error('the disk said no');
    return store.writer[name](...args);
  });
  const clocks = clientClocks(virtualClock(0));
  const nothing = () => {};
  const told = { kick: nothing, onFault: nothing, onEnded: nothing, onFailure: nothing };
  intake = attributeIntake({ ...store, ...told, writer, clocks, faults: faultBook(1) });
});

const put = (name: string, text = '', alias = 'crm') =>
  intake.uploaded({ client, alias, name, bytes: text.length, body: { kind: 'inline', bytes: Buffer.from(text) } });
const files = () =>
  store.reader
    .files(client, { limit: 99 })
    .items.map(({ alias, name, status, bytes, fault }) =>
      [alias, name, status, bytes, ...(fault === undefined ? [] : [fault.rule])].join(' '),
    );

it('ca-fin-name: of two files of one name the later lies there in place of the earlier, and its .fin means that one', async () => {
  const [, later] = await Promise.all([put('f.csv', 'early'), put('f.csv', 'later on')]);
  expect(files()).toEqual(['crm f.csv uploaded 8']);
  expect(await put('f.fin')).toBe(later);
  expect(files()).toEqual(['crm f.csv waiting 8']);
});

it('ca-fin: the same .fin twice at once is one', async () => {
  const file = await put('f.csv', 'text');
  expect(await Promise.all([put('f.fin'), put('f.fin'), put('f.fin')])).toEqual([file, file, file]);
  expect(files()).toEqual(['crm f.csv waiting 4']);
});

it('ca-fin: a .fin that comes behind another file means that, however early it is', async () => {
  await Promise.all([put('f.csv', 'one'), put('f.fin'), put('f.csv', 'second'), put('f.fin')]);
  expect(files()).toEqual(['crm f.csv waiting 6', 'crm f.csv waiting 3']);
  await put('f.fin');
  expect(files()[0]).toBe('crm f.fin failed 0 ca-fin');
});

it('accounts do not wait for each other, and what fails holds nobody up', async () => {
  isFailing = true;
  const failed = put('f.csv', 'text');
  const behind = put('f.csv', 'more text');
  await expect(failed).rejects.toThrow('the disk said no');
  isFailing = false;
  await Promise.all([behind, put('f.csv', 'other', 'shop')]);
  expect(files().toSorted()).toEqual(['crm f.csv uploaded 9', 'shop f.csv uploaded 5']);
});
