/** Judges a status link before it is followed: it comes from the network and is hostile until proven otherwise. */
import { isAdobeHost } from '../endpoint.ts';

export interface LinkTrust {
  readonly endpoint: URL;
  /** Host names, or `name:port`; names without a port stand for every port. */
  readonly allowHosts: readonly string[];
  /** Whose batch it must be, where the link names a client code; undefined for anybody's. */
  readonly client?: string | undefined;
}

/** `withToken` is false where the link gives up the encryption that the endpoint had. */
export function judgeLink(link: string, { endpoint, allowHosts, client }: LinkTrust) {
  if (link === '') return refused('it is empty');
  if (link.length > LINK_LENGTH_MAX) return refused(`it is longer than ${LINK_LENGTH_MAX} characters`);
  // URL would take blanks, tabs, line breaks and backslashes away or change them; the link is to be followed verbatim.
  if (!/^[\x21-\x5b\x5d-\x7e]+$/.test(link)) return refused('it holds characters that no link has');
  if (!URL.canParse(link)) return refused('it is no absolute URL');
  const url = new URL(link);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused('it is neither http nor https');
  if (url.username !== '' || url.password !== '' || authority(link).includes('@'))
    return refused('it holds credentials');
  if (link.includes('#')) return refused('it has a fragment, to which no parameter can be added');
  if (!trusts(url, endpoint, allowHosts))
    return refused(`it points to ${url.host}, which is neither the endpoint nor an allowed host`);
  const named = /^\/m2\/([^/]+)\//.exec(url.pathname)?.[1];
  if (client !== undefined && named !== undefined && named.toLowerCase() !== client.toLowerCase())
    return refused(`it is about a batch of the client code ${named}, not of ${client}`);
  return { kind: 'allowed', withToken: !(endpoint.protocol === 'https:' && url.protocol === 'http:') } as const;
}

const refused = (reason: string) => ({ kind: 'refused', reason }) as const;

/** Ours are under 256 (res-url-len); what is longer than this was not made to be stored. */
export const LINK_LENGTH_MAX = 2048;

function trusts(url: URL, endpoint: URL, allowHosts: readonly string[]): boolean {
  if (url.host === endpoint.host) return true;
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()));
  if (allowed.has(url.host) || allowed.has(url.hostname)) return true;
  // The real service answers with an edge's name (ep-status-absolute, ep-host-edge).
  return isAdobeHost(endpoint.hostname) && EDGE_HOST.test(url.hostname) && url.port === '';
}

const EDGE_HOST = /^mboxedge\d{1,4}\.tt\.omtrdc\.net$/;

const authority = (link: string) => link.replace(/^https?:\/*/i, '').split(/[/?]/, 1)[0]!;

/** The link as it is asked: verbatim, with the parameter appended as every client does (ep-status-append). */
export function withDetails(link: string): string {
  if (/[?&]showDetails=/.test(link)) return link;
  return `${link}${link.includes('?') ? '&' : '?'}showDetails=true`;
}
