/** The body as a whole. */
import { expect, test } from 'vitest';
import {
  bodyBatchPrefix,
  bodyCompress,
  bodyCtypeForm,
  errBatchMissing,
  ourBodyReading,
  ourByteOrderMark,
  ourHeaderOnly,
  type LineState,
  ourLineEnds,
  ourSurplusCells,
} from '../../../../src/protocol/rules/request-format.ts';

test('body-batch-prefix: nothing but batch= will do', () => {
  expect(bodyBatchPrefix.decide('batch=')).toBeUndefined();
  for (const start of ['', 'batch', 'BATCH=', 'batch:', ' batch', 'pcId,a']) {
    expect(bodyBatchPrefix.decide(start)).toMatchObject({ rule: 'err-batch-missing', message: 'Batch is empty' });
  }
});

test('err-batch-missing: a batch without a header row is empty', () => {
  expect(errBatchMissing.decide(undefined)).toMatchObject({ message: 'Batch is empty' });
  expect(errBatchMissing.decide('pcId')).toBeUndefined();
});

test('our-byte-order-mark: noted or refused', () => {
  expect(ourByteOrderMark.decide('tolerate')).toEqual({ rule: 'our-byte-order-mark', row: 0, column: 1 });
  expect(ourByteOrderMark.decide('refuse')).toMatchObject({ kind: 'rejection' });
});

test.each([
  ['a', 'row'],
  ['a\r', 'row-then-cr'],
  ['a\rb', 'row'],
  ['a\r\r', 'row-then-cr'],
  [' a ', 'row'],
  [',', 'row'],
  ['\t', 'row'],
  ['\r\r', 'row-then-cr'],
  [' \r ', 'row'],
  ['', 'blank'],
  ['\r', 'blank-then-cr'],
  ['   ', 'blank'],
  ['  \r', 'blank-then-cr'],
])('our-line-ends: a line %j is %s', (line, state) => {
  expect(Buffer.from(line).reduce<LineState>((before, byte) => ourLineEnds.decide(before, byte), 'blank')).toBe(state);
});

test('our-header-only: no data rows are noted', () => {
  expect(ourHeaderOnly.decide(0)).toEqual({ rule: 'body-newlines-kept', row: 0 });
  expect(ourHeaderOnly.decide(1)).toBeUndefined();
});

test.each([
  ['+', '%20'],
  ['%2C', ','],
  ['%2c', ','],
  ['%0A', '\n'],
  ['%0a', '\n'],
  ['%0D', '\r'],
  ['%25', '%25'],
  ['%26', '%26'],
  ['%2B', '%2B'],
])('our-body-reading: %s stands for %j in a form and for itself in a file', (escape, text) => {
  expect(ourBodyReading.decide('form', escape)).toBe(text);
  expect(ourBodyReading.decide('raw', escape)).toBe(escape);
});

test('our-surplus-cells: the setting says it', () => {
  expect(ourSurplusCells.decide('ignore')).toBe('ignore');
  expect(ourSurplusCells.decide('fail')).toBe('fail');
});

test('body-ctype-form: another content type is noted, none is not', () => {
  for (const type of [
    undefined,
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded; charset=UTF-8',
  ]) {
    expect(bodyCtypeForm.decide(type, 'any')).toBeUndefined();
  }
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', '', 'application/json']) {
    expect(bodyCtypeForm.decide(type, 'any')).toEqual({ rule: 'body-ctype-form' });
  }
});

test('body-ctype-form: by setting a form is all that is taken', () => {
  for (const type of [undefined, '', 'text/plain']) {
    expect(bodyCtypeForm.decide(type, 'form')).toMatchObject({ kind: 'rejection', rule: 'err-batch-missing' });
  }
  expect(bodyCtypeForm.decide('application/x-www-form-urlencoded', 'form')).toBeUndefined();
});

test('body-compress: an encoded body is refused', () => {
  for (const encoding of [undefined, '', 'identity', ' Identity '])
    expect(bodyCompress.decide(encoding)).toBeUndefined();
  for (const encoding of ['gzip', 'br', 'deflate, gzip']) {
    expect(bodyCompress.decide(encoding)).toMatchObject({ rule: 'body-compress' });
  }
});
