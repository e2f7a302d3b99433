/** What an operation is asked by over HTTP: the other direction of the control routes. */
import type { Operation } from '../harness/operation.ts';

type Arguments<Method> = Method extends (...args: infer Args) => unknown ? Args : never;

/** Path and query are encoded: `/__emulator/batches/demo-1-2/rows/3`. */
export function controlRequest<Method>(
  operation: Operation<Method, unknown, unknown>,
  args: Readonly<Arguments<Method>>,
): { readonly method: string; readonly path: string; readonly body: unknown } {
  const { path = {}, query = {}, body } = operation.asked(...(args as readonly unknown[]));
  const given = new Map<string, unknown>(Object.entries(path).filter(([, value]) => value !== undefined));
  const route = operation.routes.findLast((each) =>
    [...each.matchAll(/\{(\w+)\}/g)].every(([, name = '']) => given.has(name)),
  );
  if (route === undefined) throw new TypeError(`No route of ${operation.routes.join(', ')} is meant.`);
  const [method = 'GET', pattern = ''] = route.split(' ');
  const filled = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given.get(name))));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.append(name, String(value));
  return { method, path: `/__emulator${filled}${asked.size === 0 ? '' : `?${asked.toString()}`}`, body };
}
