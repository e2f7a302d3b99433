/** The strict preset: every tolerance that no document asks for is off. */
import { expect, it } from 'vitest';
import { DOCUMENTED_SAMPLE, json, openEmulator, send } from './support.ts';

const submit = (url: string, body = DOCUMENTED_SAMPLE) => send(`${url}/m2/demo/v2/profile/batchUpdate`, { body });

it('our-unknown-client: a client code nobody has used is refused until the control API makes it known', async () => {
  const emulator = await openEmulator({ mode: 'strict' });
  const refused = await submit(emulator.url);
  expect([refused.status, refused.headers['x-emulator-cause']]).toEqual([200, 'rule/our-unknown-client']);
  expect(refused.text).toContain('<success>false</success>');
  await send(`${emulator.url}/__emulator/clients/demo/settings`, { method: 'PUT', ...json({}) });
  expect((await submit(emulator.url)).text).toContain('<success>true</success>');
});

it('our-byte-order-mark, lim-calls-min: a byte order mark is refused, and 50 calls a minute are the limit', async () => {
  const emulator = await openEmulator({ mode: 'strict' });
  await emulator.seedProfiles('demo', []);
  expect((await submit(emulator.url, `\uFEFF${DOCUMENTED_SAMPLE}`)).headers['x-emulator-cause']).toBe(
    'rule/our-byte-order-mark',
  );
  for (let call = 1; call < 50; call += 1) expect((await submit(emulator.url)).status).toBe(200);
  expect((await submit(emulator.url)).status).toBe(503);
});

it('a field said explicitly overrides the preset', async () => {
  const emulator = await openEmulator({ mode: 'strict', unknownClients: 'create', byteOrderMark: 'tolerate' });
  expect((await submit(emulator.url, `\uFEFF${DOCUMENTED_SAMPLE}`)).text).toContain('<success>true</success>');
});
