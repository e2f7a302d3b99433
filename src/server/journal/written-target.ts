/** What of a request's target is written down: secrets never, values and ids of visitors only where they are wanted. */

export interface Target {
  readonly url: URL;
  /** As its route says. */
  readonly operation: string | undefined;
}

export function writtenPath({ url: { pathname }, operation }: Target, keepsValues: boolean): string {
  return keepsValues ? pathname : shownPath(pathname, operation);
}

/**
 * Words of the API's own paths and the client code: whatever else stands there may be the id of a visitor. A client code shows
 * whether or not there is such a route, or nobody could verify that a path was not asked for.
 */
export function shownPath(path: string, operation?: string): string {
  const segments = path.split('/');
  const words = wordsOf(path, segments);
  const last = segments.length - 1;
  const isClient = (index: number) =>
    (index === 2 && words[1] === 'm2') ||
    (words[index + 1] === 'target' && (index === 1 || (operation === 'token' && index === last - 3)));
  let isVisitor = false;
  // Run for every request: nothing is made for a segment.
  for (let index = 0; index <= last; index += 1) {
    const word = words[index]!;
    const isKind = VISITOR_KINDS.has(word);
    const isShown = isVisitor
      ? isKind && index < last && words[index - 1] !== word
      : PATH_WORDS.has(word) || (isClient(index) && CLIENT_CODE.test(decoded(segments[index]!)));
    if (word !== '' && !isShown) segments[index] = HIDDEN;
    isVisitor ||= isKind || word === 'profiles';
  }
  return segments.join('/');
}

/** Percent-encoded letters lead to the route as well. */
function wordsOf(path: string, segments: readonly string[]): readonly string[] {
  if (path.includes('%')) return segments.map((segment) => decoded(segment).toLowerCase());
  const lower = path.toLowerCase();
  return lower === path ? segments.slice() : lower.split('/');
}

/** Whether a path, or a pattern of one, says what no entry has. */
export function namesVisitor(pattern: string): boolean {
  const shown = shownPath(pattern).split('/');
  let isVisitor = false;
  return pattern.split('/').some((segment, index) => {
    const isNamed = shown[index] === HIDDEN && !(isVisitor ? /^\*+$/ : /\*/).test(segment);
    isVisitor ||= decoded(segment).toLowerCase() === 'profiles';
    return isNamed;
  });
}

/** As it came where there is nothing to hide. */
export function writtenQuery({ url: { search, searchParams }, operation }: Target, keepsValues: boolean): string {
  if (search === '') return '';
  let bare: ReadonlySet<string> | undefined;
  // Of `?a` the name may be the value itself.
  const isBare = (name: string) => (bare ??= MAY_BE_BARE.test(search) ? bareNames(search) : NO_NAMES).has(name);
  const showsName = (name: string) => keepsValues || QUERY_WORDS.has(name) || (PLAIN_NAME.test(name) && !isBare(name));
  // Each parameter of a single update may be an attribute.
  const showsValue = (name: string, value: string) =>
    keepsValues
      ? !SECRET.test(name)
      : value === '' || (operation !== 'update' && QUERY_WORDS.has(name) && PLAIN_VALUE.test(value));
  let hides = false;
  searchParams.forEach((value, name) => (hides ||= !showsName(name) || !showsValue(name, value)));
  if (!hides) return search;
  const written = Array.from(searchParams, ([name, value]): [string, string] => [
    showsName(name) ? name : HIDDEN,
    showsValue(name, value) ? value : HIDDEN,
  ]);
  return `?${new URLSearchParams(written).toString()}`;
}

/** Looks at each character once, however many question marks there are. */
const MAY_BE_BARE = /(?:^\?|&)[^=&]*(?:&|$)/;
const NO_NAMES: ReadonlySet<string> = new Set();
const bareNames = (search: string): ReadonlySet<string> =>
  new Set(
    search
      .slice(1)
      .split('&')
      .flatMap((pair) => (pair.includes('=') ? [] : [decodedName(pair)])),
  );

/** What is no UTF-8 stays as it was sent. */
function decoded(segment: string): string {
  try {
    return segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch {
    return segment;
  }
}

const decodedName = (pair: string) => new URLSearchParams(pair).keys().next().value ?? '';

const HIDDEN = '***';

/** A token has no business in a query, and is written down nowhere when it strays there. */
const SECRET = /token|authorization(?!scope)|secret|password|bearer|api-?_?key/i;

/** In lower case. */
const VISITOR_KINDS: ReadonlySet<string> = new Set(['thirdpartyid', 'marketingcloudvisitorid']);
const PATH_WORDS: ReadonlySet<string> = new Set([
  ...'m2 rest v1 v2 profile profiles batchupdate batchstatus update delivery mbox json target'.split(' '),
  ...'authentication token batchmbox ubox sc viewerid'.split(' '),
  ...VISITOR_KINDS,
]);
const CLIENT_CODE = /^[\w-]{1,64}$/;

/** Parameters whose values name nobody. */
const QUERY_WORDS: ReadonlySet<string> = new Set(
  'client clientcode imsOrgId batchId showDetails version mbox authorizationScope scope'.split(' '),
);
/** Of a column or an attribute. */
const PLAIN_NAME = /^[a-z_][\w.]*$/i;
/** Nothing in which a further parameter or an address could stand. */
const PLAIN_VALUE = /^[\w.:-]+(?:@AdobeOrg)?$/;
