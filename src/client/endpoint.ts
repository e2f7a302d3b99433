/** An endpoint: scheme and host, nothing more; and whose machine it is, which decides what a call there costs. */
import { UploadError } from './upload-error.ts';

/** @throws `options-invalid` */
export function readEndpoint(endpoint: string): URL {
  if (!URL.canParse(endpoint)) throw wrong('it is no URL');
  const url = new URL(endpoint);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('it is neither http nor https');
  if (url.username !== '' || url.password !== '') throw wrong('it holds credentials; give the token on its own');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw wrong('it has a path, which is ours to add');
  return url;
}

const wrong = (why: string) =>
  UploadError.ofOptions([`Option endpoint: ${why}. Write scheme and host, such as http://127.0.0.1:8181.`]);

/** Adobe's own (`{client}.tt.omtrdc.net`, its edges, anything else below): what is sent there changes real profiles. */
export const isAdobeHost = (hostname: string): boolean => /(^|\.)tt\.omtrdc\.net\.?$/i.test(hostname);

/** This machine, as `URL.hostname` spells it: an emulator or a test listens there, and nobody else's calls are spent. */
export const isLoopbackHost = (hostname: string): boolean =>
  /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
