/** Replies as a client may get them: pretty-printed, cut, hostile. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readReply } from '../../../../src/protocol/wire/read-reply.ts';
import { readStatusReply } from '../../../../src/protocol/wire/read-status-reply.ts';
import { readSubmitReply } from '../../../../src/protocol/wire/read-submit-reply.ts';

describe('submission', () => {
  test('res-submit-ws: white space between and around does not matter', () => {
    const reply = {
      success: true,
      statusLink: 'http://mboxedge45.tt.omtrdc.net/m2/demo/profile/batchStatus?batchId=demo-1&m2Node=00',
      message: 'Batch submitted for processing',
    };
    const pretty = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>
<response>
    <success> true
    </success>
    <batchStatus>http://mboxedge45.tt.omtrdc.net/m2/demo/profile/batchStatus?batchId=demo-1&amp;m2Node=00</batchStatus>
    <message>Batch submitted for processing</message>
</response>
`;
    expect(readSubmitReply(pretty)).toEqual(reply);
    expect(readSubmitReply(pretty.replaceAll('\n', '\r\n'))).toEqual(reply);
    expect(readSubmitReply(pretty.replace('&amp;', '&#38;'))).toEqual(reply);
    expect(readSubmitReply(pretty.replace('&amp;', '&#x26;'))).toEqual(reply);
    expect(readSubmitReply(pretty.replace('<response>', '<response xmlns="urn:x" >'))).toEqual(reply);
  });

  test('res-submit-http200: anything but true is a refusal', () => {
    for (const word of ['false', 'TRUE', '', '1']) {
      expect(readSubmitReply(`<response><success>${word}</success></response>`)).toEqual({
        success: false,
        statusLink: '',
        message: '',
      });
    }
    expect(readSubmitReply('<response><success>false</success><batchStatus/><message>no</message></response>')).toEqual(
      {
        success: false,
        statusLink: '',
        message: 'no',
      },
    );
  });

  test('only what stands directly in the response counts', () => {
    expect(readSubmitReply('<response><profile><success>true</success></profile></response>')).toBeUndefined();
    expect(readSubmitReply('<success>true</success>')).toBeUndefined();
  });
});

const row = (status: string) => `<profile><id>x</id><status>${status}</status></profile>`;

const read = (...rows: string[]) => readStatusReply(`<response><batchId>a</batchId>${rows.join('')}</response>`);

describe('status', () => {
  test('st-terminal: an unknown word means to ask again', () => {
    expect(readStatusReply('<response><batchId>a</batchId><status>unknown</status></response>')).toEqual({
      batchId: 'a',
      status: 'incomplete',
      counters: undefined,
      failedIds: [],
    });
  });

  test("res-row-2020-after: a row's status is not the batch's", () => {
    const rows = '<profile><id>x</id><status>failed</status></profile>';
    expect(
      readStatusReply(
        `<response>${rows}<batchId>a</batchId><status>complete</status><batchSize>1</batchSize></response>`,
      ),
    ).toEqual({
      batchId: 'a',
      status: 'complete',
      counters: { batchSize: 1, failedUpdates: 1 },
      failedIds: ['x'],
    });
  });

  test('res-row-values-2017: counts rows where they are all that there is, and names the failed ones', () => {
    expect(read(row('success'), row('error'), row('success'))).toMatchObject({
      counters: { consumedCount: 3, successfulUpdates: 2, profilesNotFound: 0, failedUpdates: 1 },
      failedIds: [expect.any(String)],
    });
  });

  test('ep-status-v2-legacy: an ampersand that begins no entity is one, as older documents print the link', () => {
    const link = 'http://h/m2/acme/v2/profile/batchStatus?batchId=1&m2Node=00';
    const text = `<response><success>true</success><batchStatus>${link}</batchStatus><message>a & b &amp; c</message></response>`;
    expect(readSubmitReply(text)).toEqual({ success: true, statusLink: link, message: 'a & b & c' });
    expect(readSubmitReply(text.replace('& b', '&bogus; b'))).toBeUndefined();
  });

  test('res-row-2017: without a status of the whole, it is complete when no row is pending', () => {
    expect(read(row('success'), row('error'))?.status).toBe('complete');
    expect(read(row('success'), row('pending'))?.status).toBe('incomplete');
    expect(read()).toBeUndefined();
  });

  test.each(['-1', '1.5', '1e3', 'x', '', '9'.repeat(16)])('a counter of %j is no answer', (digits) => {
    const text = `<response><batchId>a</batchId><status>complete</status><failedUpdates>${digits}</failedUpdates></response>`;
    expect(readStatusReply(text)).toBeUndefined();
  });
});

describe('hostile text', () => {
  const good = '<response><success>true</success></response>';

  test.each([
    ['nothing', ''],
    ['a page', '<html><body>true</body></html>'],
    ['no XML', 'true http://x Batch submitted for processing'],
    ['a doctype', `<!DOCTYPE response [<!ENTITY x "true">]>${good}`],
    ['a doctype behind the declaration', `<?xml version="1.0"?><!DOCTYPE response>${good}`],
    ['an own entity', '<response><success>&x;</success></response>'],
    ['CDATA', '<response><success><![CDATA[true]]></success></response>'],
    ['a comment', '<response><!-- --><success>true</success></response>'],
    ['a processing instruction', '<response><?x?><success>true</success></response>'],
    ['two of one element', '<response><success>false</success><success>true</success></response>'],
    ['text beside elements', '<response>x<success>true</success></response>'],
    ['text behind an element', '<response><success>true</success>x</response>'],
    ['crossed tags', '<response><success>true</response></success>'],
    ['a missing end', '<response><success>true</success>'],
    ['an end alone', '</response>'],
    ['two roots', good + good],
    ['text behind the root', `${good}x`],
    ['a cut tag', '<response><success>true</success'],
    ['a closing tag that closes itself', '<response><success>true</success/></response>'],
    ['deep nesting', '<response>'.repeat(10_000)],
    ['character 0', '<response><success>true</success><message>&#0;</message></response>'],
    ['half a surrogate pair', '<response><success>true</success><message>&#xD800;</message></response>'],
    ['a character beyond Unicode', '<response><success>true</success><message>&#x110000;</message></response>'],
    ['an endless tag', `<response ${'a'.repeat(100_000)}`],
    ['an endless attribute list', `<response ${'a '.repeat(100_000)}><success>true</success></response>`],
  ])('%s is refused', (_, text) => {
    expect(readSubmitReply(text)).toBeUndefined();
    expect(readStatusReply(text)).toBeUndefined();
  });

  test('no text makes the readers throw', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'response',
      '<response>',
      '</response>',
      '<success>',
      '&',
      '&amp;',
      '&#',
      ';',
      '<!',
      '<?',
      ']]>',
      ' ',
      'x',
      '<a/>',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(() => [readSubmitReply(text), readStatusReply(text), readReply(text, () => {})]).not.toThrow();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a reply of the greatest length is read, one character more is not', () => {
    expect(readReply(good, () => {}, good.length + 1)).toBe(true);
    expect(readReply(good, () => {}, good.length)).toBe(true);
    expect(readReply(good, () => {}, good.length - 1)).toBe(false);
  });

  test('a long reply is read in time that grows with its length', () => {
    const rows = '<profile><id>a&amp;b</id><status>success</status></profile>'.repeat(50_000);
    expect(readStatusReply(`<response><batchId>a</batchId>${rows}</response>`)?.status).toBe('complete');
    expect(readStatusReply('&'.repeat(1_000_000))).toBeUndefined();
    expect(readStatusReply(`<response>${'&amp'.repeat(250_000)}</response>`)).toBeUndefined();
    expect(readStatusReply('<'.repeat(1_000_000))).toBeUndefined();
  });
});
