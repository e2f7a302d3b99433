/** Which path is which request, and which client it is about. */
import type { ClientCode, Rejection, Settings } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, observedByClient, ours, type Rule } from './rule.ts';

export const ourClientCode: DecidingRule<(text: string) => ClientCode | Rejection> = {
  id: 'our-client-code',
  statement: 'A client code is 1 to 64 of `A-Z a-z 0-9 _ -`, case-sensitive; others are refused.',
  ...ours('Q34', ...BULK, 'status', 'single-update', 'fetch'),
  fixed: 'A wider form would not fit the documented length of status links.',
  note: 'Keeps status links under 255 characters (res-url-len).',
  decide: (text) =>
    CLIENT_CODE.test(text)
      ? (text as ClientCode)
      : {
          kind: 'rejection',
          rule: 'our-client-code',
          message: 'The client code must be 1 to 64 letters, digits, `_` or `-`.',
        },
};

const CLIENT_CODE = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The client a request is about. `pathClient` is the path's segment; `hostClient` is what `hostClient()` says of the
 * request's host: undefined for edges, loopback and other names, where the path decides alone.
 */
export const ourClientMismatch: DecidingRule<
  (request: {
    readonly pathClient: string;
    readonly hostClient: string | undefined;
    readonly reading: Settings['clientMismatch'];
  }) => string | Rejection
> = {
  id: 'our-client-mismatch',
  statement:
    'On `X.tt.omtrdc.net` the path must name client X, in whatever case; on every other host the path alone decides.',
  ...ours('Q3', ...BULK, 'status', 'single-update'),
  setting: 'clientMismatch',
  note: "A host name has no case, so the path's spelling is the one used.",
  decide({ pathClient, hostClient: ofHost, reading }) {
    if (ofHost === undefined) return pathClient;
    if (pathClient === LITERAL_CLIENT) return ofHost;
    if (reading === 'host-wins' && pathClient.toLowerCase() !== ofHost.toLowerCase()) return ofHost;
    if (reading === 'path-wins' || pathClient.toLowerCase() === ofHost.toLowerCase()) return pathClient;
    return {
      kind: 'rejection',
      rule: 'our-client-mismatch',
      message: 'The client code of the path is not that of the host name; use the same in both.',
    };
  },
};

/** Two integrations send the word itself where the client code belongs (ep-literal-client). */
const LITERAL_CLIENT = 'client';

/** The client code in `{client}.tt.omtrdc.net`; undefined for `mboxedgeNN.tt.omtrdc.net` (ep-host-edge) and other hosts. */
export function hostClient(host: string): string | undefined {
  const label = CLIENT_HOST.exec(host)?.[1];
  return label === undefined || EDGE_LABEL.test(label) ? undefined : label;
}

const CLIENT_HOST = /^([A-Za-z0-9_-]{1,63})\.tt\.omtrdc\.net\.?(?::\d*)?$/i;
const EDGE_LABEL = /^mboxedge\d*$/i;

export const ourUnknownClient: DecidingRule<
  (request: { readonly known: boolean; readonly reading: Settings['unknownClients'] }) => Rejection | undefined
> = {
  id: 'our-unknown-client',
  statement: 'A client code nobody has used yet comes into being with its first submission; strict mode refuses it.',
  ...ours('Q3'),
  setting: 'unknownClients',
  decide: ({ known, reading }) =>
    known || reading === 'create'
      ? undefined
      : {
          kind: 'rejection',
          rule: 'our-unknown-client',
          message: 'This client code is unknown, and unknown clients are refused here; seed a profile for it first.',
        },
};

export const epPostOnly: DecidingRule<(method: string) => Rejection | undefined> = {
  id: 'ep-post-only',
  statement: 'A batch is submitted with POST.',
  ...documented('TT-B'),
  note: 'What another method gets is not stated; ours: HTTP 405.',
  decide: (method) =>
    method === 'POST'
      ? undefined
      : { kind: 'rejection', rule: 'ep-post-only', message: 'batchUpdate takes POST only.' },
};

export const ROUTING_RULES: readonly Rule[] = [
  {
    id: 'ep-v1-submit',
    statement: 'A v1 batch is submitted to `/m2/{client}/profile/batchUpdate`.',
    ...documented('BULK; TT-B; SLATE', 'v1'),
  },
  {
    id: 'ep-v2-submit',
    statement:
      'A v2 batch is submitted to `/m2/{client}/v2/profile/batchUpdate`; v2 is the current version, v1 stays supported.',
    ...documented('BULK; SLATE', 'v2'),
  },
  {
    id: 'ep-host-client',
    statement: 'The public host is `{client}.tt.omtrdc.net`: host and path name the same client.',
    ...documented('BULK', ...BULK, 'status'),
    note: 'What a difference leads to: our-client-mismatch.',
  },
  {
    id: 'ep-host-edge',
    statement: 'A named edge `mboxedgeNN.tt.omtrdc.net` serves the same paths for every client.',
    ...documented('TT-B; BULK', ...BULK, 'status'),
  },
  {
    id: 'ep-scheme',
    statement: 'Both http and https are used: batch examples have the one, clients since 2022 the other.',
    ...documented('BULK; FETCH; WDT', ...BULK, 'status', 'single-update', 'fetch'),
    note: 'Whether plain http still answers is not documented; both are taken.',
  },
  {
    id: 'ep-status-current',
    statement: 'The status of v1 and v2 batches alike is asked for at `/m2/{client}/profile/batchStatus?batchId={id}`.',
    ...documented('BULK (since 2023-12-05); RN20', 'status'),
    contradiction: 'ep-status-v2-legacy.',
  },
  {
    id: 'ep-status-v2-legacy',
    statement: 'The status of a v2 batch may also be asked for at `/m2/{client}/v2/profile/batchStatus`.',
    ...documented('SLATE; BULK@af9db32', 'status'),
    contradiction: 'RN20 shows the path without `v2` as early as 2020.',
    note: "Superseded. Both paths give the same answer, whose shape is the setting statusShape's.",
  },
  {
    id: 'ep-status-v1-legacy',
    statement:
      'An old v1 status link carried a made-up `mboxPC`; parameters other than `batchId` and `showDetails` mean nothing.',
    ...documented('TT-B', 'status'),
    note: 'Superseded.',
  },
  {
    id: 'ep-status-absolute',
    statement: "The submission's answer holds an absolute status URL, to be followed as it stands.",
    ...documented('BULK; WDT', ...BULK, 'status'),
    note: 'In the documents its host is an edge and not the host submitted to; which one is given here: our-link-host.',
  },
  {
    id: 'ep-status-details',
    statement: '`showDetails=true` added to the status URL yields the counters.',
    ...documented('BULK; TT-B', 'status'),
  },
  {
    id: 'ep-status-append',
    statement: 'The status URL survives naive appending: it has exactly one `?` and no fragment.',
    ...observedByClient('WDT', 'status'),
  },
  epPostOnly,
  {
    id: 'ep-single',
    statement: 'One profile is updated at `/m2/{client}/profile/update`, with GET or POST.',
    ...documented('SINGLE; TT-U', 'single-update'),
  },
  {
    id: 'ep-literal-client',
    statement: 'Where the path says `client` literally, the client is that of the host name, if it has one.',
    ...observedByClient('ECA; TEAL; Q3', ...BULK, 'status', 'single-update'),
    note: 'Decided by our-client-mismatch.',
  },
  {
    id: 'ep-fetch-tnt',
    statement: 'A profile is fetched by pcId at `/rest/v1/profiles/{tntId}?client={client}`.',
    ...documented('FETCH; TT-F', 'fetch'),
  },
  {
    id: 'ep-fetch-3rd',
    statement: 'A profile is fetched by thirdPartyId at `/rest/v1/profiles/thirdPartyId/{id}?client={client}`.',
    ...documented('FETCH; SEG; ECA; WDT', 'fetch'),
    contradiction: "SLATE's template leaves `client` out; its own example has it.",
  },
  {
    id: 'ep-absolute-form',
    statement:
      'A client behind `http_proxy` sends absolute request targets with the true host name; that host is honoured.',
    ...observedByClient(
      'HTTP semantics; captured from curl, Java and `request`',
      ...BULK,
      'status',
      'single-update',
      'fetch',
    ),
  },
  {
    id: 'ep-http2',
    statement: 'Header names may arrive in lower case, so their case means nothing.',
    ...documented('Delivery API known limitations', ...BULK, 'status', 'single-update', 'fetch'),
  },
  {
    id: 'ep-token',
    statement: 'Tokens are issued at `https://mc.adobe.io/{tenant}/target/authentication/token`, with GET or POST.',
    ...documented('ADM; SLATE', 'token'),
    note: 'Under every host that is served here, so that no name needs to be set up.',
  },
  ourClientMismatch,
  ourUnknownClient,
  ourClientCode,
];
