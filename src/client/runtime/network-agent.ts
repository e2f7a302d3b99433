/** Which way a call goes: by a proxy or not, and whose certificates it believes. Proxies are Node's own (decision 8). */
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import { isLoopbackHost } from '../endpoint.ts';
import { reasonOf, UploadError } from '../upload-error.ts';
import type { UploadOptions } from '../upload-options.ts';

export type NetworkOptions = Pick<UploadOptions, 'proxy' | 'ca'>;

type Variables = Readonly<Record<string, string | undefined>>;

/** False for none: a connection of its own, straight there. @throws `options-invalid` */
export function networkAgent(
  url: URL,
  { proxy, ca }: NetworkOptions,
  variables: Variables = process.env,
  node: string = process.versions.node,
): Agent | false {
  const proxyEnv = proxyVariables(url, proxy, variables);
  if (proxyEnv !== undefined && !knowsProxies(node)) {
    throw UploadError.ofOptions([
      `Option proxy: Node ${node} cannot use a proxy, 22.21 and 24.5 can. Upgrade it, or unset HTTPS_PROXY and HTTP_PROXY.`,
    ]);
  }
  const isSecure = url.protocol === 'https:';
  const trust = ca !== undefined && isSecure ? { ca: trusted(ca) } : undefined;
  if (proxyEnv === undefined && trust === undefined) return false;
  const options = { keepAlive: false, ...(proxyEnv && { proxyEnv }), ...trust };
  // Looked for now: most calls need neither, and TLS is long in loading.
  const { Agent } = process.getBuiltinModule(isSecure ? 'node:https' : 'node:http');
  return new Agent(options);
}

/** This machine is reached straight, whatever variables say; who names a proxy means it. */
function proxyVariables(url: URL, proxy: string | undefined, variables: Variables): Variables | undefined {
  const NO_PROXY = variables['no_proxy'] ?? variables['NO_PROXY'];
  if (proxy !== undefined)
    return { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ...(NO_PROXY !== undefined && { NO_PROXY }) };
  if (isLoopbackHost(url.hostname)) return undefined;
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  return variables[name] || variables[name.toUpperCase()] ? variables : undefined;
}

function knowsProxies(node: string): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

function trusted(file: string): string[] {
  try {
    // Imported by its name it would keep an older Node from loading what says which Node is needed.
    const { getCACertificates } = process.getBuiltinModule('node:tls');
    return [...getCACertificates('default'), readFileSync(file, 'utf8')];
  } catch (cause) {
    throw UploadError.ofOptions([`Option ca: ${file} cannot be read: ${reasonOf(cause)}.`], cause);
  }
}
