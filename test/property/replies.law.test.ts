import fc from 'fast-check';
import { expect } from 'vitest';
import { refusalAtTheDoor, httpStatusOf, type ModelRequest } from '../../src/sim/model/door.ts';
import { createModel } from '../../src/sim/model/index.ts';
import * as replies from '../../src/sim/model/replies.ts';
import { readSingleUpdate } from '../../src/sim/model/delivery.ts';
import { DEFAULT_SETTINGS, type RuleId } from '../../src/protocol/vocabulary/index.ts';
import { brokenBatchFile, validBatchFile, visitorId } from '../../src/sim/index.ts';
import { withoutOwnWords } from '../conformance/runner/own-words.ts';
import { law, lawUnderEveryReading } from './law.ts';
import { withClient } from './world.ts';

const ORIGIN = 'http://localhost';
const API = fc.constantFrom('v2' as const, 'v1' as const);
const ids = fc.constantFrom('u1', 'u2', '漢', 'a@x.com', '<&>');
const plainFile = validBatchFile({
  idKind: 'thirdPartyId',
  ids,
  names: fc.constantFrom('a', 'b'),
  byteOrderMarks: 'none',
});

lawUnderEveryReading(
  'our-status-shape, ep-status-v1-legacy, res-status-default, res-status-details, res-row-2017, res-row-2020-after, res-submit-ok: submissions and statuses are answered in the words that the model writes',
  fc.record({ api: API, file: plainFile, slices: fc.nat({ max: 3 }), showDetails: fc.boolean() }),
  async ({ api, file, slices, showDetails }, settings) => {
    if (settings.body === 'form') return; // An encoded comma would move the ids that 2017 lists.
    await withClient(settings, async (client, { emulator, port, clock }) => {
      const path = `${ORIGIN}/m2/${client}/${api === 'v2' ? 'v2/' : ''}profile/batchUpdate`;
      const submitted = await emulator.fetch(new Request(path, { method: 'POST', body: file.bytes }));
      const text = await submitted.text();
      const batchId = /batchId=([^<&]+)/.exec(text)?.[1] ?? '';
      const link = replies.statusLink(ORIGIN, client, batchId, settings.statusShape);
      expect(text).toBe(replies.acceptedReply(link));
      expect(submitted.headers.get('content-type')).toBe(replies.XML_TYPE);

      const model = createModel(settings);
      model.writeSettings(client, settings);
      model.submit(client, api, file.bytes, batchId);
      for (let slice = 0; slice < slices; slice += 1) {
        for (const { rows } of await port.apply(client, 'slice')) model.applyRows(batchId, rows, clock.now());
      }
      const batch = model.status(batchId)!;
      if (batch.batchSize === 0) return; // Complete as soon as it is looked at, or when its turn comes: not said.
      // The emulator lists no row before it is applied; a model that follows res-row-values-2017 calls it `pending`.
      if (settings.statusShape === '2017' && batch.status !== 'complete') return;
      const status = await emulator.fetch(new Request(showDetails ? `${link}&showDetails=true` : link));
      const idOf = (row: number) => file.spec.rows[row - 1]!.id.text;
      expect(await status.text()).toBe(replies.statusReply(batchId, batch, settings, showDetails, idOf));
      expect(status.headers.get('content-type')).toBe(replies.XML_TYPE);
    });
  },
);

lawUnderEveryReading(
  'our-rejection-status, our-message-texts, res-submit-fail, res-submit-fail-status-empty: a refused batch is answered with the status and the words of its rule',
  fc.record({ api: API, broken: brokenBatchFile() }),
  async ({ api, broken }, settings) => {
    await withClient(settings, async (client, { emulator }) => {
      const path = `${ORIGIN}/m2/${client}/${api === 'v2' ? 'v2/' : ''}profile/batchUpdate`;
      const reply = await emulator.fetch(new Request(path, { method: 'POST', body: broken.file.bytes }));
      const text = await reply.text();
      const rule = reply.headers.get('x-emulator-cause')?.slice('rule/'.length) as RuleId | undefined;
      if (rule === undefined) return;
      expect(reply.status).toBe(httpStatusOf(rule, settings));
      const model = createModel(settings);
      model.writeSettings(client, settings);
      const refusal = model.submit(client, api, broken.file.bytes, 'refused');
      expect(refusal).toMatchObject({ kind: 'rejection', rule });
      // Whose own words they are is said, and which is each system's affair.
      const expected = replies.refusedReply(rule);
      expect(withoutOwnWords(text)).toBe(withoutOwnWords(expected));
    });
  },
);

law(
  'res-fetch-json, our-fetch-identity, our-fetch-times, sgl-params, sgl-dotted-names, empty-only-skipped, res-single-ok: a single update and the fetch after it, in the words that the model writes',
  fc.record({
    id: visitorId(),
    others: fc.array(
      fc.tuple(
        fc.constantFrom('profile.a', 'profile.profile.b', 'profile.address.city', 'a', 'profilea', 'c'),
        fc.constantFrom('1', '2', '', 'a b&c', '漢', '+'),
      ),
      { maxLength: 5 },
    ),
  }),
  async ({ id, others }) => {
    await withClient(DEFAULT_SETTINGS, async (client, world) => {
      const { emulator, port, clock } = world;
      const parameters: readonly (readonly [string, string])[] = [
        [id.kind === 'pcId' ? 'mboxPC' : 'mbox3rdPartyId', id.value],
        ...others,
      ];
      const model = createModel(DEFAULT_SETTINGS);
      const seeds = [{ name: 'a', value: '0' }];
      await port.seed(client, id, seeds);
      model.seed(client, id, seeds, clock.now());

      clock.advance(1);
      const query = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]));
      const updated = await emulator.fetch(new Request(`${ORIGIN}/m2/${client}/profile/update?${query.toString()}`));
      expect(await updated.text()).toBe(replies.UPDATED_REPLY);
      // sgl-latency: at this pace it waits.
      await port.apply(client, 'all');
      const update = readSingleUpdate(parameters);
      if (typeof update !== 'string' && update.values.length > 0)
        model.update(client, update.id, update.values, clock.now());

      const path = `/rest/v1/profiles/${id.kind === 'pcId' ? '' : 'thirdPartyId/'}${encodeURIComponent(id.value)}`;
      const fetched = await emulator.fetch(new Request(`${ORIGIN}${path}?client=${client}`));
      expect(fetched.headers.get('content-type')).toBe(replies.JSON_TYPE);
      expect(await fetched.text()).toBe(replies.fetchedReply(client, id, model.fetch(client, id, clock.now())!));
    });
  },
);

law(
  'ep-post-only, body-compress, our-client-mismatch, ep-literal-client: what is refused at the door is what the model refuses there',
  fc.record({
    method: fc.constantFrom('POST', 'PUT', 'GET'),
    contentEncoding: fc.constantFrom(undefined, 'gzip', 'identity'),
    host: fc.constantFrom('own', 'other', 'none'),
  }),
  async ({ method, contentEncoding, host }) => {
    const settings = DEFAULT_SETTINGS;
    await withClient(settings, async (client, world) => {
      const { emulator, clock } = world;
      const hostClient = { own: client, other: 'somebody', none: undefined }[host];
      const origin = hostClient === undefined ? ORIGIN : `http://${hostClient}.tt.omtrdc.net`;
      const asked: ModelRequest = {
        method,
        pathClient: client,
        hostClient,
        contentEncoding,
        callTimes: [],
        waiting: 0,
        waitingMax: 10_000,
        now: clock.now(),
      };
      const headers: Record<string, string> =
        contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding };
      const init = method === 'GET' ? { method, headers } : { method, headers, body: 'batch=pcId,a\n1,1' };
      const reply = await emulator.fetch(new Request(`${origin}/m2/${client}/v2/profile/batchUpdate`, init));
      await reply.text();
      const rule = refusalAtTheDoor(asked, settings);
      const cause = reply.headers.get('x-emulator-cause')?.slice('rule/'.length);
      expect(cause).toBe(rule);
      expect(reply.status).toBe(rule === undefined ? 200 : httpStatusOf(rule, settings));
    });
  },
  { runs: 200 },
);
