/** Half a surrogate pair, which UTF-8 cannot carry, in whatever our own API is given: two such texts must not become one. */
import { expect, it } from 'vitest';
import { openEmulator, send } from './support.ts';

const HALF = 'a\ud800';
const STORED_AS = 'a\ufffd';

it('our-undecodable: seeds, visits, questions and deletions are refused, each at its place, and reach nobody else', async () => {
  const emulator = await openEmulator();
  const demo = emulator.client('demo');
  await demo.seedProfiles([{ pcId: STORED_AS, attributes: { [STORED_AS]: STORED_AS } }]);
  const wrong = /UTF-8 can carry/;
  await expect(demo.seedProfiles([{ pcId: HALF }])).rejects.toThrow(wrong);
  await expect(demo.seedProfiles([{ id: { kind: 'thirdPartyId', value: HALF } }])).rejects.toThrow(wrong);
  await expect(demo.seedProfiles([{ pcId: '1', attributes: { [HALF]: '1' } }])).rejects.toThrow(wrong);
  await expect(demo.seedProfiles([{ pcId: '1', attributes: { a: HALF } }])).rejects.toThrow(wrong);
  for (const kind of ['pcId', 'thirdPartyId', 'marketingCloudVisitorId'] as const) {
    await expect(demo.visit({ [kind]: HALF })).rejects.toThrow(wrong);
    expect(() => demo.profile({ kind, value: HALF })).toThrow(wrong);
    await expect(demo.deleteProfile({ kind, value: HALF })).rejects.toThrow(wrong);
  }
  const body = '{"profiles":[{"pcId":"a\\ud801"}]}';
  const reply = await send(`${emulator.url}/__emulator/clients/demo/profiles`, {
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect([reply.status, reply.text]).toEqual([400, expect.stringMatching(wrong)]);
  expect(demo.profiles().items.map(({ id }) => id.value)).toEqual([STORED_AS]);
});

it('err-delivery-400: a Delivery body that is no UTF-8 is refused', async () => {
  const emulator = await openEmulator();
  const url = `${emulator.url}/rest/v1/delivery?client=demo&sessionId=s1`;
  const body = Buffer.from('{"context":{"channel":"web"},"id":{"tntId":"caf\xe9"}}', 'latin1');
  const reply = await send(url, { body });
  expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([400, 'rule/err-delivery-400']);
  expect((await send(url, { body: body.toString('latin1') })).status).toBe(200);
});
