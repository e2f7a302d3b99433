/** The API's words: what it answers, byte for byte, for facts that the rest of the model knows. */
import { STATUS_LINK_LENGTH_MAX } from '../../protocol/vocabulary/index.ts';
import type { KnownId, RowOutcome, RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import type { ModelCall } from './delivery.ts';
import type { ModelView } from './client.ts';
import type { ModelBatch } from './model.ts';

/**
 * our-message-texts: only a missing batch has words that anybody reported (err-batch-missing). All others are each system's own
 * (err-unknown-set): these are the model's, and are not those of the emulator.
 */
export const refusalText = (rule: RuleId): string =>
  rule === 'err-batch-missing' ? 'Batch is empty' : `target-profile-emulator: refused by ${rule}.`;

/** our-content-type. */
export const XML_TYPE = 'text/xml;charset=UTF-8';
export const JSON_TYPE = 'application/json;charset=UTF-8';
/** auth-token-api */
export const TOKEN_TYPE = 'application/vnd.adobe.target.v1+json';

/** our-link-host: as the client reached us, or an edge. res-url-len: never longer than a real client's column. */
export function statusLink(origin: string, client: string, batchId: string, shape: Settings['statusShape']): string {
  // ep-status-v1-legacy: Test&Target's link had a pseudo-visitor for routing.
  const visitor = shape === 'tt' ? '&mboxPC=0000000000000-000000.19_05' : '';
  const link = `${origin}/m2/${client}/profile/batchStatus?batchId=${batchId}${visitor}`;
  if (link.length > STATUS_LINK_LENGTH_MAX) throw new Error('the link is too long');
  return link;
}

/** res-submit-ok */
export const acceptedReply = (link: string): string =>
  `<response><success>true</success><batchStatus>${xml(link)}</batchStatus><message>Batch submitted for processing</message></response>`;

/** res-submit-fail, res-submit-fail-status-empty */
export const refusedReply = (rule: RuleId): string =>
  `<response><success>false</success><batchStatus></batchStatus><message>${xml(refusalText(rule))}</message></response>`;

/** our-unknown-batch: the id, and no status. */
export const unknownBatchReply = (batchId: string): string =>
  `<response><batchId>${xml(batchId)}</batchId><message>${xml(refusalText('our-unknown-batch'))}</message></response>`;

/** our-status-shape: by the date of the document. Rows are named by `idOf`, for v2 only (v1-overall-status). */
export function statusReply(
  batchId: string,
  batch: ModelBatch,
  { statusShape: shape, ignoredRows }: Settings,
  showDetails: boolean,
  idOf: (row: number) => string,
): string {
  const head = `<batchId>${xml(batchId)}</batchId>`;
  const rowsAs = (wordOf: (outcome: RowOutcome | undefined) => string | undefined) =>
    Array.from({ length: batch.batchSize }, (_, index) => {
      const word = wordOf(batch.results.get(index + 1)?.outcome);
      return word && `<profile><id>${xml(idOf(index + 1))}</id><status>${word}</status></profile>`;
    }).join('');
  // res-row-2017, res-row-values-2017: the rows, and nothing else.
  if (shape === '2017' && batch.api === 'v2') return `<response>${head}${rowsAs(wordOf2017)}</response>`;
  const { consumedCount, profilesNotFound, failedUpdates } = batch;
  // our-empty-only-counters
  const successfulUpdates = batch.successfulUpdates + (ignoredRows === 'as-updated' ? batch.ignoredRows : 0);
  // `consumedCount` is first written down in December 2023.
  const consumed = shape === 'tt' || shape === '2017' ? '' : `<consumedCount>${consumedCount}</consumedCount>`;
  // res-status-default, res-status-details
  const counters = `${consumed}<successfulUpdates>${successfulUpdates}</successfulUpdates><profilesNotFound>${profilesNotFound}</profilesNotFound><failedUpdates>${failedUpdates}</failedUpdates>`;
  // res-row-2020-after: only failed rows.
  const failed =
    shape === '2020' && batch.api === 'v2' ? rowsAs((outcome) => (outcome === 'failed' ? outcome : undefined)) : '';
  return `<response>${head}<status>${batch.status}</status><batchSize>${batch.batchSize}</batchSize>${showDetails ? counters : ''}${failed}</response>`;
}

/** A row that was ignored was none of the three. */
function wordOf2017(outcome: RowOutcome | undefined): string | undefined {
  if (outcome === undefined) return 'pending';
  if (outcome === 'failed' || outcome === 'lost') return 'error';
  return outcome === 'ignored' ? undefined : 'success';
}

/** our-first-incomplete: at a realistic pace nobody sees a batch complete at the first look. st-terminal: then it stays. */
export const isShownIncomplete = (pace: 'immediate' | 'realistic' | 'manual', looksBefore: number): boolean =>
  pace === 'realistic' && looksBefore === 0;

/** res-single-ok: whether there was a profile is not said (sgl-update-only). */
export const UPDATED_REPLY =
  '<response><success>true</success><pcId></pcId><message>Request successfully submitted</message></response>';

export const updateRefusedReply = (rule: RuleId): string =>
  `<response><success>false</success><pcId></pcId><message>${xml(refusalText(rule))}</message></response>`;

/** res-fetch-json, res-fetch-names: fch-client-required names the account, our-fetch-identity echoes the id asked for. */
export function fetchedReply(client: string, id: KnownId, view: ModelView): string {
  const attributes = view.attributes.map(
    ({ name, value, modifiedAt }) => `${json(name)}:{"value":${json(value)},"modifiedAt":${json(time(modifiedAt))}}`,
  );
  return `{"client":${json(client)},"visitorId":${json(id.value)},"modifiedAt":${json(time(view.modifiedAt))},"profileAttributes":{${attributes.join(',')}}}`;
}

/** err-fetch-404-3rd, err-fetch-404-pc: blanks before the colons as documented. */
export function noProfileReply(client: string, { kind, value }: KnownId): string {
  const by = { pcId: 'mboxPC', thirdPartyId: 'third party id', marketingCloudVisitorId: 'marketingCloudVisitorId' };
  const text = `No profile found for client ${client} with ${by[kind]}=${value}`;
  // our-fetch-ecid: no document has these words, so they say whose they are.
  return fetchRefusedReply(404, kind === 'marketingCloudVisitorId' ? `target-profile-emulator: ${text}` : text);
}

export const fetchRefusedReply = (status: number, text: string) => `{"status" : ${status}, "message" : ${json(text)}}`;

interface CallReply {
  readonly call: ModelCall;
  readonly client: string;
  readonly tntId: string;
  readonly edgeHost: string;
  readonly tokens: readonly { readonly name: string; readonly value: string }[];
}

/** res-delivery-json, dlv-reply-ids: what was asked for, with nothing in it. */
export function deliveryReply({ call, client, tntId, edgeHost, tokens }: CallReply): string {
  const { requestId, thirdPartyId, marketingCloudVisitorId, customerIds, execute, prefetch } = call;
  const ids = { tntId, thirdPartyId, marketingCloudVisitorId };
  const id = { ...ids, customerIds: customerIds.length > 0 ? customerIds : undefined };
  const responseTokens = Object.fromEntries(tokens.map(({ name, value }) => [name, value]));
  // ca-shows-response: with tokens where there are any.
  const options = tokens.length === 0 ? undefined : [{ responseTokens }];
  const contents = { execute: execute && quiet(execute, options), prefetch: prefetch && quiet(prefetch, options) };
  return JSON.stringify({ status: 200, requestId, client, id, edgeHost, ...contents });
}

function quiet({ pageLoad, views, mboxes }: Readonly<Record<string, unknown>>, options: readonly object[] | undefined) {
  const asked = (mboxes ?? undefined) as readonly { readonly index?: unknown; readonly name?: unknown }[] | undefined;
  return {
    pageLoad: pageLoad ? { options } : undefined,
    views: views ? [] : undefined,
    mboxes: asked?.map(({ index, name }) => ({ index: index ?? undefined, name: name ?? undefined, options })),
  };
}

/** res-mbox-json */
export const mboxReply = ({ call, tntId, edgeHost }: CallReply): string =>
  JSON.stringify({ sessionId: call.sessionId, tntId, edgeHost, offers: [] });

/** err-delivery-400: the shape is documented, the words are not. */
export const deliveryRefusedReply = (status: number, rule: RuleId): string =>
  `{"status":${status},"message":${json(refusalText(rule))}}`;

const json = (text: string) => JSON.stringify(text);

/** our-fetch-times: `2026-01-01T00:00:00.000+00:00`. */
const time = (ms: number) => new Date(ms).toISOString().replace('Z', '+00:00');

/** Text between two tags: what means something there is escaped, what XML 1.0 cannot carry is replaced. */
const xml = (text: string) =>
  text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"'\r]/g, (character) => ENTITIES[character]!);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};
