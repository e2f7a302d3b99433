/** Where the reader is: all of it stands behind the `#` of the address, so that every state can be reloaded and shared. */
import { useEffect, useState } from 'preact/hooks';
import { decoded, pathOf, type Query } from './address.ts';

export interface Route {
  /** Decoded: `['c', 'demo', 'profiles', 'pcId', '1/2']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export const href = (path: readonly (string | number)[], query?: Query): string => `#/${pathOf(path, query)}`;

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { path: path === '' ? [] : path.split('/').map(decoded), query: new URLSearchParams(query) };
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
