/** `verify`: what is counted where a profile is not there, cannot be read, or the signal comes; and by whose id it is asked for. */
import { expect, it } from 'vitest';
import { createUploader, type UploaderOptions, type UploadReport } from '../../../src/client/index.ts';
import {
  type Answer,
  ENDPOINT,
  fakeClock,
  fakeTransport,
  middling,
  type Sent,
  source,
  willingService,
} from './support.ts';

const CSV = 'thirdPartyId,city\na1,Bern\na2,\na3,Genf\n';
const isFetch = ({ url }: Sent) => url.includes('/rest/v1/profiles/');

async function verified(answer: (sent: Sent) => Answer, options: Partial<UploaderOptions> = {}, csv = CSV) {
  const clock = fakeClock();
  const transport = fakeTransport(clock, (sent) => (isFetch(sent) ? answer(sent) : willingService(sent)));
  const all = { endpoint: ENDPOINT, client: 'acme', verify: 3, transport, clock, random: middling, ...options };
  const report = (await createUploader(all).upload(source(csv))) as UploadReport;
  return { report, asked: transport.sent.filter(isFetch).map(({ url }) => url.slice(ENDPOINT.length)) };
}
const profile = (city: unknown) => ({ text: JSON.stringify({ profileAttributes: { city } }) });

it('asks for each sampled id once, and for none that was sent without a value', async () => {
  const { report, asked } = await verified(({ url }) => profile({ value: url.includes('a1') ? 'Bern' : 'Chur' }));
  expect(asked).toEqual([
    '/rest/v1/profiles/thirdPartyId/a1?client=acme',
    '/rest/v1/profiles/thirdPartyId/a3?client=acme',
  ]);
  expect(report.verification).toEqual({ fetched: 2, missing: [], different: ['a3'], unknown: 0 });
});

it('asks for a pcId by itself', async () => {
  const { asked } = await verified(() => profile({ value: 'Bern' }), {}, 'pcId,city\n123.45_6,Bern\n');
  expect(asked).toEqual([expect.stringMatching(/^\/rest\/v1\/profiles\/123\.45_6\?client=acme$/)]);
});

it('v1-update-only: a profile that is not there is missing after v2, and unknown after v1, which makes none', async () => {
  const v2 = await verified(() => ({ status: 404 }));
  expect(v2.report.verification).toEqual({ fetched: 0, missing: ['a1', 'a3'], different: [], unknown: 0 });
  const v1 = await verified(() => ({ status: 404 }), { api: 'v1' });
  expect(v1.report.verification).toEqual({ fetched: 0, missing: [], different: [], unknown: 2 });
});

it.each([
  ['no JSON', '<html>'],
  ['nothing', 'null'],
  ['no profile', '{"error":"gone"}'],
  ['attributes that are none', '{"profileAttributes":3}'],
])('what is %s could not be compared', async (_, text) => {
  const { report } = await verified(() => ({ text }));
  expect(report.verification).toEqual({ fetched: 0, missing: [], different: [], unknown: 2 });
});

it('an attribute that holds nothing is another than was sent', async () => {
  const { report } = await verified(() => profile(null));
  expect(report.verification).toMatchObject({ fetched: 2, different: ['a1', 'a3'] });
});

it('an interruption ends the asking and takes nothing back of what was done', async () => {
  const clock = fakeClock();
  const abort = new AbortController();
  const transport = fakeTransport(clock, (sent) => {
    if (isFetch(sent)) abort.abort();
    return willingService(sent);
  });
  const all = { endpoint: ENDPOINT, client: 'acme', verify: 3, transport, clock, random: middling };
  const report = await createUploader(all).upload(source(CSV), { signal: abort.signal });
  expect(transport.sent.filter(isFetch)).toHaveLength(1);
  expect(report).toMatchObject({ state: 'done', verification: { fetched: 0, missing: [], different: [] } });
});
