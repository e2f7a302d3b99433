/** Which path is which request, and which client it is about. */
import type { ClientCode, Rejection, Settings } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, ours, refuse } from './rule.ts';

export const ourClientCode: DecidingRule<(text: string) => ClientCode | Rejection> = {
  id: 'our-client-code',
  statement: 'A client code is 1 to 64 of `A-Z a-z 0-9 _ -`, case-sensitive; others are refused.',
  ...ours('Q34', ...BULK, 'status', 'single-update', 'fetch'),
  fixed: 'A wider form would not fit the documented length of status links.',
  note: 'Keeps status links under 255 characters (res-url-len).',
  decide: (text) =>
    CLIENT_CODE.test(text)
      ? (text as ClientCode)
      : refuse('our-client-code', 'The client code must be 1 to 64 letters, digits, `_` or `-`.'),
};

const CLIENT_CODE = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The client a request is about. `pathClient` is the path's segment; `ofHost` is what `hostClient()` says of the
 * request's host: undefined for edges, loopback and other names, where the path decides alone.
 */
export const ourClientMismatch: DecidingRule<
  (pathClient: string, ofHost: string | undefined, reading: Settings['clientMismatch']) => string | Rejection
> = {
  id: 'our-client-mismatch',
  statement:
    'On `X.tt.omtrdc.net` the path must name client X, in whatever case; on every other host the path alone decides.',
  ...ours('Q3', ...BULK, 'status', 'single-update'),
  setting: 'clientMismatch',
  note: "A host name has no case, so the path's spelling is the one used: `/m2/ACME/…` is the client ACME, `/m2/client/…` on `acme.tt.omtrdc.net` acme. Ours: said of paths under `/m2`, which Q3 is about; a fetch and a Delivery call name their client in the query, the token API in a path on one host for all, and there the host name is not judged.",
  decide(pathClient, ofHost, reading) {
    if (ofHost === undefined) return pathClient;
    if (pathClient === LITERAL_CLIENT) return ofHost;
    if (reading === 'host-wins' && pathClient.toLowerCase() !== ofHost.toLowerCase()) return ofHost;
    if (reading === 'path-wins' || pathClient.toLowerCase() === ofHost.toLowerCase()) return pathClient;
    return refuse(
      'our-client-mismatch',
      'The client code of the path is not that of the host name; use the same in both.',
    );
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
  (isKnown: boolean, reading: Settings['unknownClients']) => Rejection | undefined
> = {
  id: 'our-unknown-client',
  statement: 'A client code nobody has used yet comes into being with its first submission; strict mode refuses it.',
  ...ours('Q3'),
  setting: 'unknownClients',
  decide: (isKnown, reading) =>
    isKnown || reading === 'create'
      ? undefined
      : refuse(
          'our-unknown-client',
          'This client code is unknown, and unknown clients are refused here; seed a profile for it first.',
        ),
};

export const epPostOnly: DecidingRule<(method: string) => Rejection | undefined> = {
  id: 'ep-post-only',
  statement: 'A batch is submitted with POST.',
  ...documented('TT-B'),
  note: 'Ours: HTTP 405 for any other method, since the answer is not stated.',
  decide: (method) => (method === 'POST' ? undefined : refuse('ep-post-only', 'batchUpdate takes POST only.')),
};
