/** What an operation is asked by over HTTP: the other direction of the control routes, for operations without a body. */
import type { Operation } from '../harness/operation.ts';

type Arguments<Method> = Method extends (...args: infer Args) => unknown ? Args : never;

/** Method, path and query, encoded: `GET`, `/__emulator/batches/demo-1-2/rows/3`. */
export function controlPath<Method>(
  operation: Operation<Method, unknown, unknown>,
  args: Readonly<Arguments<Method>>,
): { readonly method: string; readonly path: string } {
  const { path: fields = {}, query = {} } = operation.asked(...(args as readonly unknown[]));
  const given = new Map<string, unknown>(Object.entries(fields).filter(([, value]) => value !== undefined));
  const route = operation.routes.findLast((each) =>
    [...each.matchAll(/\{(\w+)\}/g)].every(([, name = '']) => given.has(name)),
  );
  if (route === undefined) throw new TypeError(`No route of ${operation.routes.join(', ')} is meant.`);
  const filled = route
    .slice(route.indexOf('/'))
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given.get(name))));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.append(name, String(value));
  const path = `/__emulator${filled}${asked.size === 0 ? '' : `?${asked.toString()}`}`;
  return { method: route.slice(0, route.indexOf(' ')), path };
}
