/** Replies, byte for byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fetchErrorJson,
  parseJson,
  profileJson,
  profileNotFoundJson,
  readStatusReply,
  readSubmitReply,
  singleUpdateRejected,
  singleUpdateReply,
  type StatusView,
  statusReply,
  submitAccepted,
  submitRejected,
  unknownBatchReply,
} from '../../../../src/protocol/wire/index.ts';

describe('submission', () => {
  test('res-submit-ok, res-submit-ws: one unbroken line in the documented order', () => {
    expect(submitAccepted('http://h/m2/demo/profile/batchStatus?batchId=demo-1-2')).toBe(
      '<response><success>true</success><batchStatus>http://h/m2/demo/profile/batchStatus?batchId=demo-1-2</batchStatus><message>Batch submitted for processing</message></response>',
    );
  });

  test('res-submit-fail, res-submit-fail-status-empty: an empty link and the message', () => {
    expect(submitRejected('Batch is empty')).toBe(
      '<response><success>false</success><batchStatus></batchStatus><message>Batch is empty</message></response>',
    );
  });

  test('an ampersand in the link is escaped', () => {
    expect(submitAccepted('http://h/?a=1&b=2')).toContain('<batchStatus>http://h/?a=1&amp;b=2</batchStatus>');
  });
});

const row = (id: string, status: string) => `<profile><id>${id}</id><status>${status}</status></profile>`;

describe('status', () => {
  const batch: StatusView = {
    batchId: 'demo-1-2',
    api: 'v2',
    status: 'complete',
    batchSize: 5,
    consumedCount: 5,
    successfulUpdates: 2,
    profilesNotFound: 1,
    failedUpdates: 1,
    rows: [
      { id: 'a', outcome: 'updated' },
      { id: 'b<&', outcome: 'failed' },
      { id: 'c', outcome: 'not-found' },
      { id: 'd', outcome: 'created' },
      { id: 'e', outcome: 'ignored' },
    ],
  };
  const head = '<response><batchId>demo-1-2</batchId><status>complete</status><batchSize>5</batchSize>';
  const details =
    '<successfulUpdates>2</successfulUpdates><profilesNotFound>1</profilesNotFound><failedUpdates>1</failedUpdates>';

  test('res-status-default: id, status and size', () => {
    expect(statusReply('current', batch, false)).toBe(`${head}</response>`);
  });

  test('res-status-details: then the counters', () => {
    expect(statusReply('current', batch, true)).toBe(`${head}<consumedCount>5</consumedCount>${details}</response>`);
  });

  test('our-status-shape: tt has no consumedCount', () => {
    expect(statusReply('tt', batch, false)).toBe(`${head}</response>`);
    expect(statusReply('tt', batch, true)).toBe(`${head}${details}</response>`);
  });

  test('res-row-2020-after: 2020 lists failed rows after all else', () => {
    const rows = '<profile><id>b&lt;&amp;</id><status>failed</status></profile></response>';
    expect(statusReply('2020', batch, false)).toBe(`${head}${rows}`);
    expect(statusReply('2020', batch, true)).toBe(`${head}<consumedCount>5</consumedCount>${details}${rows}`);
  });

  test('res-row-2017, res-row-values-2017: 2017 lists rows and nothing else', () => {
    const expected = `<response><batchId>demo-1-2</batchId>${row('a', 'success')}${row('b&lt;&amp;', 'error')}${row('c', 'error')}${row('d', 'success')}</response>`;
    expect(statusReply('2017', batch, false)).toBe(expected);
    expect(statusReply('2017', batch, true)).toBe(expected);
  });

  test('v1-overall-status: v1 has no rows in any shape', () => {
    for (const shape of ['current', '2020', '2017', 'tt'] as const) {
      expect(statusReply(shape, { ...batch, api: 'v1' }, true)).not.toContain('<profile>');
    }
  });

  test('our-unknown-batch: names the id and no status', () => {
    expect(unknownBatchReply('x<y')).toMatch(
      /^<response><batchId>x&lt;y<\/batchId><message>target-profile-emulator: [^<]+<\/message><\/response>$/,
    );
    expect(readStatusReply(unknownBatchReply('x'))).toBeUndefined();
  });
});

describe('single update', () => {
  test('res-single-ok: the documented bytes', () => {
    expect(singleUpdateReply()).toBe(
      '<response><success>true</success><pcId></pcId><message>Request successfully submitted</message></response>',
    );
  });

  test('a refusal has the same elements', () => {
    expect(singleUpdateRejected('no')).toBe(
      '<response><success>false</success><pcId></pcId><message>no</message></response>',
    );
  });
});

describe('fetch', () => {
  test('res-fetch-json: keys in the documented order, values as text', () => {
    const modifiedAt = Date.UTC(2026, 0, 1);
    expect(
      profileJson({
        client: 'demo',
        requested: { kind: 'pcId', value: 'X.28_20' },
        modifiedAt,
        attributes: [
          { name: 'b', value: '0.0', modifiedAt },
          { name: '7', value: 'false', modifiedAt: modifiedAt + 1 },
        ],
      }),
    ).toBe(
      '{"client":"demo","visitorId":"X.28_20","modifiedAt":"2026-01-01T00:00:00.000+00:00","profileAttributes":{' +
        '"b":{"value":"0.0","modifiedAt":"2026-01-01T00:00:00.000+00:00"},' +
        '"7":{"value":"false","modifiedAt":"2026-01-01T00:00:00.001+00:00"}}}',
    );
  });

  test('err-fetch-404-3rd, err-fetch-404-pc: the documented bytes', () => {
    expect(profileNotFoundJson('demo', { kind: 'thirdPartyId', value: 'x' })).toBe(
      '{"status" : 404, "message" : "No profile found for client demo with third party id=x"}',
    );
    expect(profileNotFoundJson('demo', { kind: 'pcId', value: 'x' })).toBe(
      '{"status" : 404, "message" : "No profile found for client demo with mboxPC=x"}',
    );
    expect(fetchErrorJson(400, 'no')).toBe('{"status" : 400, "message" : "no"}');
  });

  test('no name, value or id can break the JSON', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', '"', '\\', '\u2028'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(text), text, (names, id) => {
        const attributes = names.map((name, index) => ({ name, value: names[index - 1] ?? '', modifiedAt: 0 }));
        const json = profileJson({ client: 'c', requested: { kind: 'pcId', value: id }, modifiedAt: 0, attributes });
        const parsed = parseJson(json) as { visitorId: string; profileAttributes: Record<string, { value: string }> };
        expect(parsed.visitorId).toBe(id);
        const members = new Map(Object.entries(parsed.profileAttributes));
        expect(members.size).toBe(names.length);
        for (const { name, value } of attributes) expect(members.get(name)?.value).toBe(value);
        expect(JSON.parse(profileNotFoundJson('c', { kind: 'pcId', value: id }))).toMatchObject({ status: 404 });
      }),
    );
  });
});

describe('written, then read', () => {
  const carried = fc.string({ unit: 'grapheme' }).map((text) => text.trim());

  test("a submission's answer", () => {
    fc.assert(
      fc.property(carried, (text) => {
        expect(readSubmitReply(submitAccepted(text))).toEqual({
          success: true,
          statusLink: text,
          message: 'Batch submitted for processing',
        });
        expect(readSubmitReply(submitRejected(text))).toEqual({ success: false, statusLink: '', message: text });
      }),
    );
  });

  test('a status in every shape', () => {
    const count = fc.nat();
    fc.assert(
      fc.property(
        fc.record({
          batchId: carried,
          api: fc.constantFrom('v1' as const, 'v2' as const),
          status: fc.constantFrom('complete' as const, 'incomplete' as const, 'stuck' as const),
          batchSize: count,
          consumedCount: count,
          successfulUpdates: count,
          profilesNotFound: count,
          failedUpdates: count,
          rows: fc.array(fc.record({ id: carried, outcome: fc.constantFrom('failed' as const, 'created' as const) })),
        }),
        fc.constantFrom('current' as const, '2020' as const, 'tt' as const),
        (batch, shape) => {
          const { batchId, status, batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates } =
            batch;
          const listed = shape === '2020' && batch.api === 'v2' ? batch.rows : [];
          const failedIds = listed.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id.trim());
          expect(readStatusReply(statusReply(shape, batch, false))).toEqual({
            batchId,
            status,
            counters: { batchSize, ...(failedIds.length > 0 && { failedUpdates: failedIds.length }) },
            failedIds,
          });
          expect(readStatusReply(statusReply(shape, batch, true))).toEqual({
            batchId,
            status,
            counters: {
              batchSize,
              ...(shape === 'tt' ? {} : { consumedCount }),
              successfulUpdates,
              profilesNotFound,
              failedUpdates,
            },
            failedIds,
          });
        },
      ),
    );
  });
});
