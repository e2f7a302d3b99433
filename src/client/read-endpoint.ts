/** Reads an endpoint: scheme and host, nothing more. */
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

function wrong(why: string): UploadError {
  return UploadError.ofOptions([`Option endpoint: ${why}. Write scheme and host, such as http://127.0.0.1:8181.`]);
}
