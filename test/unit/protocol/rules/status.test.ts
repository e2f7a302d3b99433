/** Ids, links and states of batches. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ourFirstIncomplete,
  ourLinkHost,
  ourUnknownBatch,
  resBatchidCurrent,
  statusLink,
  stTerminal,
} from '../../../../src/protocol/rules/status.ts';
import type { BatchId, ClientCode } from '../../../../src/protocol/vocabulary/index.ts';

const client = 'demo' as ClientCode;
const batchId = 'demo-1701473848678-13029383' as BatchId;

test('res-batchid-current: client, milliseconds and eight digits', () => {
  expect(resBatchidCurrent.decide(client, 1_701_473_848_678, 13_029_383)).toBe(batchId);
  expect(resBatchidCurrent.decide(client, 0, 7)).toBe('demo-0-00000007');
});

describe('the status link', () => {
  const parts = { scheme: 'http', authority: 'localhost:8181', ownOrigin: 'http://127.0.0.1:8181', client, batchId };

  test('ep-status-current, ep-status-absolute: is that of the documents', () => {
    expect(statusLink.decide(parts)).toBe(
      'http://localhost:8181/m2/demo/profile/batchStatus?batchId=demo-1701473848678-13029383',
    );
    expect(statusLink.decide({ ...parts, scheme: 'https', authority: 'mboxedge28.tt.omtrdc.net' })).toMatch(
      /^https:\/\/mboxedge28\.tt\.omtrdc\.net\/m2\/demo\//,
    );
  });

  test('ep-status-v1-legacy: in tt shape it carries the made-up visitor, behind the one question mark', () => {
    const link = statusLink.decide({ ...parts, shape: 'tt' });
    expect(link).toMatch(/\?batchId=demo-1701473848678-13029383&mboxPC=0000000000000-000000\.19_05$/);
  });

  test("res-url-len: 255 characters are fine, for one more the host gives way to the emulator's own", () => {
    const room = 255 - statusLink.decide({ ...parts, authority: 'x' }).length + 1;
    const fits = 'x'.repeat(room);
    expect(statusLink.decide({ ...parts, authority: fits })).toHaveLength(255);
    expect(statusLink.decide({ ...parts, authority: `${fits}x` })).toBe(
      statusLink.decide({ ...parts, authority: '127.0.0.1:8181' }),
    );
  });

  test.each(['a?b', 'a#b', 'a/b', 'user@host', 'a b', '', 'a:b', '[::1'])(
    'ep-status-append: no link can carry the authority %j',
    (authority) => {
      expect(statusLink.decide({ ...parts, authority })).toContain('://127.0.0.1:8181/');
    },
  );

  test('res-url-len, ep-status-append: whatever the parts, at most 255 characters and exactly one question mark', () => {
    const code = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/).map((text) => text as ClientCode);
    fc.assert(
      fc.property(
        code,
        fc.oneof(fc.string({ maxLength: 300 }), fc.domain()),
        fc.constantFrom('current' as const, 'tt' as const),
        (anyClient, authority, shape) => {
          const id = resBatchidCurrent.decide(anyClient, 9_999_999_999_999, 99_999_999);
          // The `tt` link of the longest client code has no room for more than a short name.
          const ownOrigin = 'http://[::1]:65535';
          const link = statusLink.decide({
            scheme: 'https',
            authority,
            ownOrigin,
            client: anyClient,
            batchId: id,
            shape,
          });
          expect(link.length).toBeLessThanOrEqual(255);
          expect(link.split('?')).toHaveLength(2);
          expect(link).not.toContain('#');
          expect(new URL(`${link}&showDetails=true`).searchParams.get('batchId')).toBe(id);
        },
      ),
      { examples: [['0', '.0', 'current']] },
    );
  });

  test("our-link-host: the client's own word for this place, or an edge", () => {
    expect(ourLinkHost.decide('own', 'localhost:1')).toBe('localhost:1');
    expect(ourLinkHost.decide('edge', 'localhost:1')).toBe('mboxedge28.tt.omtrdc.net');
  });
});

test('our-first-incomplete: the first request at a realistic pace only', () => {
  expect(ourFirstIncomplete.decide('realistic', 0)).toBe(true);
  expect(ourFirstIncomplete.decide('realistic', 1)).toBe(false);
  expect(ourFirstIncomplete.decide('immediate', 0)).toBe(false);
  expect(ourFirstIncomplete.decide('manual', 0)).toBe(false);
});

const known = (completedAt: number | undefined, newerBatches = 0) => ({ completedAt, newerBatches });

describe('what is remembered', () => {
  const day = 24 * 60 * 60 * 1000;

  test('our-unknown-batch: an id never given', () => {
    expect(ourUnknownBatch.decide(undefined, 'current', 0)).toMatchObject({
      rule: 'our-unknown-batch',
    });
  });

  test('our-unknown-batch, lim-batches-kept: 24 hours after it completed it is known, a millisecond later it is not', () => {
    expect(ourUnknownBatch.decide(known(5), 'current', 5 + day)).toBeUndefined();
    expect(ourUnknownBatch.decide(known(5), 'current', 6 + day)).toBeDefined();
    expect(ourUnknownBatch.decide(known(undefined), 'current', 100 * day)).toBeUndefined();
  });

  test('our-unknown-batch, lim-batches-kept: the latest ten in tt shape, all in the others', () => {
    expect(ourUnknownBatch.decide(known(0, 9), 'tt', 0)).toBeUndefined();
    expect(ourUnknownBatch.decide(known(0, 10), 'tt', 0)).toBeDefined();
    expect(ourUnknownBatch.decide(known(0, 10), '2017', 0)).toBeUndefined();
  });
});

test('st-terminal: every word but two means to ask again', () => {
  expect(stTerminal.decide('complete')).toBe('complete');
  expect(stTerminal.decide('stuck')).toBe('stuck');
  for (const word of ['incomplete', 'unknown', '', 'Complete']) expect(stTerminal.decide(word)).toBe('incomplete');
});
