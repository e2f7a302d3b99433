/** Servers broken on purpose: the real one, with one thing wrong. */
import type { Emulator } from '../../src/server/index.ts';

export const BROKEN_SERVERS = {
  'keeps what a blank field removes': (emulator: Emulator): Emulator => ({
    ...emulator,
    customerAttributes: {
      ...emulator.customerAttributes,
      upload: (client, alias, name, content) =>
        emulator.customerAttributes.upload(client, alias, name, String(content).replaceAll(/,(?=[,\n])/g, ',old')),
    },
  }),
  'says processed of a file that has failed': (emulator: Emulator): Emulator => ({
    ...emulator,
    customerAttributes: {
      ...emulator.customerAttributes,
      files(client, alias, query) {
        const { items, ...rest } = emulator.customerAttributes.files(client, alias, query);
        const told = items.map((file) => ({ ...file, status: file.fault ? ('processed' as const) : file.status }));
        return { items: told, ...rest };
      },
    },
  }),
  'brings nobody anything': (emulator: Emulator): Emulator => ({
    ...emulator,
    profile: (client, id) => {
      const profile = emulator.profile(client, id);
      return profile && { ...profile, customerAttributes: [] };
    },
  }),
  'drops the last row of a file': (emulator: Emulator): Emulator => ({
    ...emulator,
    fetch: async (request) => {
      if (!isSubmission(request)) return emulator.fetch(request);
      const lines = (await text(request)).trimEnd().split('\n');
      return emulator.fetch(again(request, (lines.length > 2 ? lines.slice(0, -1) : lines).join('\n')));
    },
  }),
  'applies a part twice': (emulator: Emulator): Emulator => ({
    ...emulator,
    fetch: async (request) => {
      if (!isSubmission(request)) return emulator.fetch(request);
      const body = await text(request);
      await emulator.fetch(again(request, body)).catch(() => undefined);
      return emulator.fetch(again(request, body));
    },
  }),
  'forgets what is pending': (emulator: Emulator): Emulator => ({
    ...emulator,
    profile: (client, id) => {
      const profile = emulator.profile(client, id);
      return profile && { ...profile, attributes: profile.attributes.filter(({ layer }) => layer === 'base') };
    },
  }),
  'answers success and keeps nothing': (emulator: Emulator): Emulator => {
    let submissions = 0;
    return {
      ...emulator,
      fetch: async (request) => {
        if (!isSubmission(request)) return emulator.fetch(request);
        submissions += 1;
        if (submissions % 3 !== 0) return emulator.fetch(request);
        const client = new URL(request.url).pathname.split('/')[2]!;
        const link = `http://localhost/m2/${client}/profile/batchStatus?batchId=${client}-1-${submissions}`;
        return new Response(
          `<response><success>true</success><batchStatus>${link}</batchStatus><message>Batch submitted for processing</message></response>`,
        );
      },
    };
  },
  'counts one too many': (emulator: Emulator): Emulator => ({
    ...emulator,
    fetch: async (request) => {
      const reply = await emulator.fetch(request);
      if (!request.url.includes('batchStatus')) return reply;
      const xml = (await reply.text()).replace(
        /<successfulUpdates>(\d+)</,
        (_, count) => `<successfulUpdates>${Number(count) + 1}<`,
      );
      return new Response(xml, { status: reply.status });
    },
  }),
  'creates profiles under v1': (emulator: Emulator): Emulator => ({
    ...emulator,
    fetch: async (request) => {
      if (!isSubmission(request) || request.url.includes('/v2/')) return emulator.fetch(request);
      const url = request.url.replace('/profile/batchUpdate', '/v2/profile/batchUpdate');
      return emulator.fetch(again(request, await text(request), url));
    },
  }),
  'keeps the wrong counts': (emulator: Emulator): Emulator => ({
    ...emulator,
    batches: (client) =>
      emulator.batches(client).map((batch) => ({ ...batch, successfulUpdates: batch.successfulUpdates + 1 })),
  }),
  'keeps the batches of a dropped client code': (emulator: Emulator): Emulator => ({
    ...emulator,
    dropClient: async () => undefined,
  }),
  'keeps a profile of a dropped client code': (emulator: Emulator): Emulator => ({
    ...emulator,
    async dropClient(client) {
      const id = { kind: 'thirdPartyId', value: 't1' } as const;
      const kept = emulator.profile(client, id);
      await emulator.dropClient(client);
      const attributes = kept?.attributes.map(({ name, value }) => [name, value] as const) ?? [];
      if (kept !== undefined) await emulator.seedProfiles(client, [{ id, attributes: Object.fromEntries(attributes) }]);
    },
  }),
  'stops applying': (emulator: Emulator): Emulator => ({
    ...emulator,
    step: async () => ({ rows: 0, completed: [], nextDueAt: undefined, more: false }),
  }),
} as const;

const isSubmission = ({ method, url }: Request) => method === 'POST' && url.endsWith('batchUpdate');
/** What is cut stays cut. */
const text = (request: Request) => request.text().catch(() => '');
const again = (request: Request, body: string, url = request.url) => new Request(url, { method: request.method, body });
