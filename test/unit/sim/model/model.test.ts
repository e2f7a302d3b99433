import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type { Settings, VisitorId } from '../../../../src/protocol/vocabulary/index.ts';
import { createModel } from '../../../../src/sim/model/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const u1: VisitorId = { kind: 'thirdPartyId', value: 'u1' };

/** A model of one client, spoken to in text. */
function modelOfOneClient(settings: Partial<Settings> = {}) {
  const model = createModel({ ...DEFAULT_SETTINGS, ...settings });
  let now = 0;
  let batches = 0;
  return {
    send(api: 'v1' | 'v2', text: string) {
      batches += 1;
      const batchId = `b${batches}`;
      const submission = model.submit('demo', api, new TextEncoder().encode(text), batchId);
      if (submission.kind === 'rejection') return submission.rule;
      for (const { rows } of model.waiting('demo')) model.applyRows(batchId, rows, now);
      const status = model.status(batchId)!;
      return [...status.results.values()].map((row) => row.outcome).join(' ');
    },
    visit: (pcId?: string, thirdPartyId?: string) => model.visit('demo', { pcId, thirdPartyId, newPcId: 'new' }, now),
    update: (id: VisitorId, name: string, value: string) => model.update('demo', id, [{ name, value }], now),
    wait: (ms: number) => {
      now += ms;
    },
    profile(id: VisitorId = u1) {
      const view = model.fetch('demo', id, now);
      return view?.attributes
        .map(({ name, value }) => `${name}=${value}`)
        .toSorted()
        .join(' ');
    },
  };
}

describe('the model', () => {
  it("v1-update-only, v2-upsert: the documentation's sample through v1, v2 and v1", () => {
    const demo = modelOfOneClient();
    const sample =
      'batch=pcId,param1,param2,param3,param4\n123,value1\n124,value1,,,value4\n125,,value2\n126,value1,value2,value3,value4';
    expect(demo.send('v1', sample)).toBe('not-found not-found not-found not-found');
    expect(demo.send('v2', sample)).toBe('created created created created');
    expect(demo.send('v1', sample)).toBe('updated updated updated updated');
    expect(demo.profile({ kind: 'pcId', value: '124' })).toBe('param1=value1 param4=value4');
  });

  const [AB, A9, A9_EMPTY_B] = ['a,b\nu1,1,2', 'a\nu1,9', 'a,b\nu1,9,'];
  it.each([
    ['replace-pending', 'a=9', 'a=9 b=2', 'a=9', 'b=2 c=3'],
    ['last-write-wins', 'a=9 b=2', 'a=9 b=2', 'a=9 b=2', 'a=1 b=2 c=3'],
    ['replace-record', 'a=9', 'a=9', 'a=9', 'b=2'],
  ] as const)(
    'v2-override-caveat: the worked example under %s',
    (consecutiveV2, plain, visited, emptyCell, existing) => {
      const outcome = (...steps: readonly string[]) => {
        const demo = modelOfOneClient({ consecutiveV2 });
        for (const step of steps) {
          if (step === 'visit') demo.visit(undefined, 'u1');
          else demo.send('v2', `batch=thirdPartyId,${step}`);
        }
        return demo.profile();
      };
      expect(outcome(AB, A9)).toBe(plain);
      expect(outcome(AB, 'visit', A9)).toBe(visited);
      expect(outcome(AB, A9_EMPTY_B)).toBe(emptyCell);
      expect(outcome('c\nu1,3', 'visit', 'a\nu1,1', 'b\nu1,2')).toBe(existing);
    },
  );

  it('v2-override-caveat: a value covered by a pending one shows again when the pending set is replaced', () => {
    const demo = modelOfOneClient();
    demo.send('v2', 'batch=thirdPartyId,a\nu1,base');
    demo.visit(undefined, 'u1');
    demo.send('v2', 'batch=thirdPartyId,a\nu1,pending');
    expect(demo.profile()).toBe('a=pending');
    demo.send('v2', 'batch=thirdPartyId,b\nu1,1');
    expect(demo.profile()).toBe('a=base b=1');
  });

  it('mrg-3rd-wins, mrg-map: a visit with both ids joins them, the third party keeping its values', () => {
    const demo = modelOfOneClient();
    demo.send('v2', 'batch=pcId,a,b\n1,anonymous,anonymous');
    demo.send('v2', 'batch=thirdPartyId,a\nu1,known');
    expect(demo.visit('1.28_20', 'u1')).toMatchObject({ created: false });
    expect(demo.profile()).toBe('a=known b=anonymous');
    expect(demo.profile({ kind: 'pcId', value: '1' })).toBe('a=known b=anonymous');
    expect(demo.visit(undefined, 'u1')).toMatchObject({ pcId: '1.28_20' });
  });

  it('key-one-customer-id: a pcId linked elsewhere is linked anew and the data stay', () => {
    const demo = modelOfOneClient();
    demo.send('v2', 'batch=thirdPartyId,a\nu1,1\nu2,2');
    demo.visit('1', 'u1');
    demo.visit('1', 'u2');
    expect(demo.profile({ kind: 'pcId', value: '1' })).toBe('a=2');
    expect(demo.profile()).toBe('a=1');
  });

  it('life-14d, our-lifetime-touch: gone after 14 days without activity, found on the last of them', () => {
    const demo = modelOfOneClient();
    demo.send('v2', 'batch=thirdPartyId,a\nu1,1');
    demo.wait(14 * DAY_MS);
    expect(demo.update(u1, 'a', '2')).toBe(true);
    demo.wait(14 * DAY_MS);
    expect(demo.profile()).toBe('a=2');
    demo.wait(1);
    expect(demo.profile()).toBeUndefined();
    expect(demo.send('v1', 'batch=thirdPartyId,a\nu1,3')).toBe('not-found');
    expect(demo.send('v2', 'batch=thirdPartyId,b\nu1,3')).toBe('created');
    expect(demo.profile()).toBe('b=3');
  });

  it('lim-64k-evict, our-eviction-order: the oldest attribute goes first', () => {
    const demo = modelOfOneClient();
    const [long, longer] = ['x'.repeat(30_000), 'y'.repeat(40_000)];
    demo.send('v2', `batch=pcId,a,b\n1,${long},1`);
    demo.wait(1);
    demo.send('v2', `batch=pcId,c\n1,${longer}`);
    expect(demo.profile({ kind: 'pcId', value: '1' })).toBe(`b=1 c=${longer}`);
  });

  it('our-batch-order, our-duplicate-ids: refuses to apply what is not due', () => {
    const model = createModel(DEFAULT_SETTINGS);
    const file = new TextEncoder().encode('batch=pcId,a\n1,1\n1,2');
    model.submit('demo', 'v2', file, 'first');
    model.submit('demo', 'v2', file, 'second');
    expect(() => model.applyRows('second', [1], 0)).toThrow('not the next batch');
    expect(() => model.applyRows('first', [2], 0)).toThrow('overtakes');
    model.applyRows('first', [1], 0);
    expect(model.status('first')).toMatchObject({ status: 'incomplete', batchSize: 2, consumedCount: 1 });
  });
});

describe('what is lost or stuck on purpose, in the model', () => {
  const body = new TextEncoder().encode('batch=thirdPartyId,tier\nu1,gold\nu2,gold\nu3,\n');

  it('thr-loss, thr-message-loss: a lost row writes nothing; silently it counts as written, visibly as failed', () => {
    const model = createModel(DEFAULT_SETTINGS);
    model.submit('demo', 'v2', body, 'b1');
    const lost = new Map([1, 2, 3].map((row) => [row, row === 1 ? 'silent' : 'visible'] as const));
    model.applyRows('b1', [1, 2, 3], 0, lost);
    expect(model.status('b1')).toMatchObject({ successfulUpdates: 1, failedUpdates: 1, ignoredRows: 1 });
    expect(model.fetch('demo', u1, 0)).toBeUndefined();
  });

  it('v1-update-only: a row that would not be written cannot be lost', () => {
    const model = createModel(DEFAULT_SETTINGS);
    model.submit('demo', 'v1', body, 'b1');
    model.applyRows('b1', [1], 0, new Map([[1, 'silent']]));
    expect(model.status('b1')).toMatchObject({ successfulUpdates: 0, profilesNotFound: 1 });
  });

  it('st-values: a stopped batch is stuck, and lets the next one pass', () => {
    const model = createModel(DEFAULT_SETTINGS);
    model.submit('demo', 'v2', body, 'b1');
    model.submit('demo', 'v2', body, 'b2');
    model.applyRows('b1', [1], 0);
    model.stop('b1');
    expect(model.status('b1')).toMatchObject({ status: 'stuck', consumedCount: 1 });
    expect(model.waiting('demo').map(({ batchId }) => batchId)).toEqual(['b2']);
  });
});
