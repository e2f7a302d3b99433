/** What is known of a request's body. */
import { expect, it } from 'vitest';
import { Call } from '../../../../src/server/http/call.ts';

const callOf = (...chunks: string[]) =>
  new Call(new URL('http://localhost/'), async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  });

it('counts and digests the body while it is read, and knows its beginning', async () => {
  const call = callOf('batch=pcId', ',a');
  expect([call.requestBytes, call.content(), call.bodyStart]).toEqual([0, undefined, undefined]);
  for await (const chunk of call.body) expect(chunk.byteLength).toBeGreaterThan(0);
  expect(call.requestBytes).toBe(12);
  expect(call.content()).toMatch(/^[0-9a-f]{64}$/);
  expect(Buffer.from(call.bodyStart!).toString()).toBe('batch=pcId');
});
