import fc from 'fast-check';
import { expect } from 'vitest';
import { createModel } from '../../src/sim/model/index.ts';
import { createWire } from '../../src/sim/model/wire.ts';
import { attributeName, attributeValue, hostileText } from '../../src/sim/index.ts';
import { visitIds } from '../../src/sim/workload/commands.ts';
import { lawUnderEveryReading } from './law.ts';
import { withClient } from './world.ts';

/** What a field holds that somebody got wrong. */
const ODD = fc.constantFrom<unknown>(null, 7, '', [], {}, 'x'.repeat(129), true, ['a'], { a: null });
const orOdd = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ withCrossShrink: true }, { weight: 19, arbitrary: value }, { weight: 1, arbitrary: ODD });

const parameters = fc
  .array(fc.tuple(attributeName(), orOdd(attributeValue())), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs));
const details = fc.record({ profileParameters: orOdd(parameters) }, { requiredKeys: [] });
const mbox = fc.record(
  { index: orOdd(fc.nat({ max: 3 })), name: orOdd(hostileText()), profileParameters: orOdd(parameters) },
  { requiredKeys: [] },
);
const content = fc.record(
  {
    pageLoad: orOdd(details),
    views: orOdd(fc.array(details, { maxLength: 2 })),
    mboxes: orOdd(
      fc.oneof(
        fc.array(mbox, { maxLength: 3 }),
        fc.constantFrom(50, 51).map((count) => Array.from({ length: count }, () => ({}))),
      ),
    ),
  },
  { requiredKeys: [] },
);
const customerId = fc.record({
  id: orOdd(fc.constantFrom('u1', 'u2', 'x'.repeat(128))),
  integrationCode: orOdd(fc.constantFrom('crm', 'c'.repeat(50), 'c'.repeat(51))),
  authenticatedState: orOdd(fc.constantFrom('authenticated', 'logged_out', 'unknown')),
});
const ids = fc
  .tuple(visitIds(), fc.option(fc.array(customerId, { maxLength: 2 }), { nil: undefined }))
  .map(([{ pcId, thirdPartyId, marketingCloudVisitorId }, customerIds]) => ({
    tntId: pcId,
    thirdPartyId,
    marketingCloudVisitorId,
    customerIds,
  }));
const body = fc.record(
  {
    requestId: orOdd(fc.constant('r1')),
    context: orOdd(fc.constant({ channel: 'web' })),
    id: orOdd(ids),
    execute: orOdd(content),
    prefetch: orOdd(content),
    notifications: orOdd(fc.array(details, { maxLength: 2 })),
  },
  { requiredKeys: ['requestId', 'context'] },
);
const session = fc.oneof(
  { weight: 9, arbitrary: fc.constant('s1') },
  { weight: 1, arbitrary: fc.constantFrom('', 'a b', 'a/b', 'é', '~!', 'x'.repeat(128), 'x'.repeat(129), 'a\u007f') },
);

lawUnderEveryReading(
  'ep-delivery, res-delivery-json, dlv-reply-ids, err-delivery-400, dlv-session-form, dlv-id-one-of, dlv-id-lengths, dlv-cust-needs-ecid, dlv-param-null, mrg-customer-ids, mrg-sdk-hop: Delivery calls of every kind get the replies of the model, and leave the same visitors',
  fc.array(fc.record({ body, session }), { minLength: 1, maxLength: 3 }),
  async (calls, settings) => {
    await withClient(settings, async (client, { emulator, clock, port }) => {
      await port.writeSettings(client, settings);
      const model = createModel(settings);
      model.writeSettings(client, settings);
      const wire = createWire(model, { defaults: settings, pace: 'manual', waitingMax: 1 });
      for (const call of calls) {
        const query = new URLSearchParams({ client, sessionId: call.session }).toString();
        const url = new URL(`http://localhost/rest/v1/delivery?${query}`);
        const text = JSON.stringify(call.body);
        const reply = await emulator.fetch(new Request(url, { method: 'POST', body: text }));
        const answered = (await reply.json()) as Answered;
        const request = { method: 'POST', url, headers: new Map(), body: Buffer.from(text) };
        // A new tntId and a new requestId are the emulator's to draw.
        const drawn = answered.id?.tntId.replace('.28_0', '');
        const ours = wire.answer(request, clock.now(), 0, drawn)!;
        expect([reply.status, reply.headers.get('x-emulator-cause') ?? undefined]).toEqual([
          ours.status,
          ours.cause && `rule/${ours.cause}`,
        ]);
        if (ours.status !== 200) {
          expect(answered).toEqual({
            status: ours.status,
            message: expect.stringMatching(/^target-profile-emulator: /),
          });
          continue;
        }
        const theirs = JSON.parse(ours.body) as Answered;
        const { tntId } = theirs.id!;
        // What was sent has come back; without a hint where the emulator knows it without.
        expect(answered).toEqual({ ...theirs, requestId: theirs.requestId ?? answered.requestId });
        const id = { kind: 'pcId', value: tntId } as const;
        const seen = emulator.profile(client, id)?.attributes.map(({ name, value }) => `${name}=${value}`);
        const known = model.fetch(client, id, clock.now())?.attributes.map(({ name, value }) => `${name}=${value}`);
        expect(seen?.toSorted()).toEqual(known?.toSorted());
      }
    });
  },
);

interface Answered {
  readonly requestId?: string;
  readonly id?: { readonly tntId: string };
}
