/** Adobe's own Node SDK, unmodified, against the emulator on a socket. */
import TargetClient from '@adobe/target-nodejs-sdk';
import { describe, expect, it } from 'vitest';
import { getJson, openEmulator, send } from './support.ts';

type Emulator = Awaited<ReturnType<typeof openEmulator>>;

const clientOf = (emulator: Emulator, organizationId: string) =>
  TargetClient.create({
    // It goes nowhere: SDKs send the organisation alone.
    client: 'acmeclient',
    organizationId,
    serverDomain: new URL(emulator.url).host,
    secure: false,
  });

describe('@adobe/target-nodejs-sdk', () => {
  it('recognises a visitor that a v2 batch has made, adds its profile parameters, and stays here with the returned cookie', async () => {
    const emulator = await openEmulator({ org: ['0123456789ABCDEF01234567@AdobeOrg=demo'] });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: 'batch=thirdPartyId,tier\nann,gold' });
    await emulator.drain();
    const sdk = clientOf(emulator, '0123456789ABCDEF01234567@AdobeOrg');

    const mboxes = [{ name: 'home', index: 1, profileParameters: { city: 'Bern' } }];
    const first = await sdk.getOffers({ request: { id: { thirdPartyId: 'ann' }, execute: { mboxes } } });
    expect(first.response).toMatchObject({ client: 'demo', id: { thirdPartyId: 'ann' }, edgeHost: 'localhost' });

    const pageLoad = { profileParameters: { plan: 'pro' } };
    const targetCookie = first.targetCookie.value;
    const second = await sdk.getOffers({ request: { execute: { pageLoad } }, targetCookie });
    expect(second.response.id['tntId']).toBe(first.response.id['tntId']);

    const calls = emulator.journal.read({ client: 'demo', kind: 'request' });
    const delivered = calls.entries.filter((entry) => 'operation' in entry && entry.operation === 'delivery');
    expect(delivered.map((entry) => 'status' in entry && entry.status)).toEqual([200, 200]);
    expect(await getJson(`${emulator.url}/rest/v1/profiles/thirdPartyId/ann?client=demo`)).toMatchObject({
      profileAttributes: { tier: { value: 'gold' }, city: { value: 'Bern' }, plan: { value: 'pro' } },
    });
  });

  it('names a customer by an authenticated customer id beside an ECID, for a client code of its own in each test', async () => {
    const emulator = await openEmulator();
    const client = emulator.client();
    const sdk = clientOf(emulator, `${client.code}@AdobeOrg`);
    const customerIds = [{ id: 'ann', integrationCode: 'crm', authenticatedState: 'authenticated' }];
    const id = { marketingCloudVisitorId: '38400000000000000001', customerIds };
    const execute = { mboxes: [{ name: 'home', profileParameters: { city: 'Bern' } }] };
    const { response } = await sdk.getOffers({ request: { id, execute } });
    expect(response).toMatchObject({ client: client.code, id });
    const city = [expect.objectContaining({ name: 'city', value: 'Bern' })];
    expect(client.profile({ kind: 'thirdPartyId', value: 'ann' })?.attributes).toEqual(city);
    expect(client.profile({ kind: 'marketingCloudVisitorId', value: id.marketingCloudVisitorId })).toMatchObject({
      linked: { kind: 'thirdPartyId', value: 'ann' },
      attributes: city,
    });
  });

  it('our-delivery-client: is refused where nobody knows its organisation, and the reply says what to do', async () => {
    const emulator = await openEmulator();
    const sdk = clientOf(emulator, 'nobody@AdobeOrg');
    const asked = sdk.getOffers({ request: { execute: { mboxes: [{ name: 'home' }] } } });
    // It keeps the message to itself.
    await expect(asked).rejects.toThrow('Bad Request');
    const path = '/rest/v1/delivery?sessionId=s1&imsOrgId=nobody@AdobeOrg';
    const { text } = await send(`${emulator.url}${path}`, { body: '{}' });
    expect(text).toMatch(/nobody@AdobeOrg.*--org/);
    expect(emulator.clients()).toEqual([]);
  });
});
