/** Where the reader is: all of it stands behind the `#` of the address, so that every state can be reloaded and shared. */
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  /** Decoded: `['c', 'demo', 'profiles', 'pcId', '1/2']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

type Query = Readonly<Record<string, string | number | undefined>>;

export function href(path: readonly (string | number)[], query: Query = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') asked.set(name, String(value));
  }
  const text = path.map((segment) => encodeURIComponent(segment)).join('/');
  return `#/${text}${asked.size === 0 ? '' : `?${asked.toString()}`}`;
}

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { path: path === '' ? [] : path.split('/').map(decoded), query: new URLSearchParams(query) };
}

/** What is no percent-encoding was written by hand: it stands for itself. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const read = () => setRoute(readRoute(location.hash));
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return route;
}

/** Changes the query in place: a filter is no step to go back by. */
export function setQuery({ path, query }: Route, changes: Query): void {
  const all: Record<string, string | number | undefined> = { ...Object.fromEntries(query), ...changes };
  location.replace(href(path, all));
}
