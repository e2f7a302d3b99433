/** What of a request's target is written down: secrets never, values and ids of visitors only where they are wanted. */

export interface Target {
  readonly url: URL;
  /** As its route says. */
  readonly operation: string | undefined;
}

export function writtenPath({ url: { pathname }, operation }: Target, keepsValues: boolean): string {
  if (keepsValues) return pathname;
  // Percent-encoded letters lead to the route as well.
  const visitor = visitorIn(pathname) ?? (operation === 'fetch' ? pathname.lastIndexOf('/') + 1 : undefined);
  return visitor === undefined ? pathname : `${pathname.slice(0, visitor)}${HIDDEN}`;
}

/** Where the id of a visitor begins in a path, or a pattern of one; also in what no route takes. */
export function visitorIn(path: string): number | undefined {
  const found = VISITOR.exec(path);
  return found === null ? undefined : found[0].length;
}

const VISITOR = /^.*?\/profiles\/+(?:(?:thirdPartyId|marketingCloudVisitorId)\/+)?(?=[^/])/i;

/** As it came where there is nothing to hide. */
export function writtenQuery({ url: { search, searchParams }, operation }: Target, keepsValues: boolean): string {
  if (search === '') return '';
  const isHidden = (name: string) =>
    SECRET.test(name) || (!keepsValues && (operation === 'update' || PERSONAL.test(name)));
  if (!Array.from(searchParams.keys()).some(isHidden)) return search;
  const shown = Array.from(searchParams, ([name, value]): [string, string] => [name, isHidden(name) ? HIDDEN : value]);
  return `?${new URLSearchParams(shown).toString()}`;
}

const HIDDEN = '***';

/** A token has no business in a query, and is written down nowhere when it strays there. */
const SECRET = /token|authorization(?!scope)|secret|password|bearer|api-?_?key/i;
/** Attributes and ids of visitors, by the names of every call, also where they were sent to the wrong place. */
const PERSONAL =
  /^(?:profile\.|mbox|vst\.|(?:pc|tnt|thirdParty|marketingCloudVisitor|visitor|customer)Ids?$|ecid$|mid$)/i;
