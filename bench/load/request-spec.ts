/** Requests described in a few words, so that a process can be told of thousands of them on its command line. */
import { idOf } from '../batch-files.ts';
import { getRequest, postRequest } from './raw-connection.ts';

export type RequestSpec =
  | { readonly kind: 'get'; readonly path: string }
  /** Profile fetches of ids below `profiles`, spread over all of them. */
  | { readonly kind: 'fetch'; readonly client: string; readonly profiles: number }
  /** Submissions of two rows. */
  | { readonly kind: 'tiny'; readonly client: string }
  | { readonly kind: 'post'; readonly path: string; readonly body: string };

const VARIANTS = 5_000;

export function requestsOf(spec: RequestSpec): readonly Buffer[] {
  switch (spec.kind) {
    case 'get':
      return [getRequest(spec.path)];
    case 'post':
      return [postRequest(spec.path, spec.body)];
    case 'fetch':
      return Array.from({ length: VARIANTS }, (_, index) =>
        getRequest(fetchPath(spec.client, Math.floor((index * spec.profiles) / VARIANTS))),
      );
    case 'tiny':
      return Array.from({ length: VARIANTS }, (_, index) => postRequest(tinyPath(spec.client), tinyBody(index)));
    default:
      throw new Error(`unknown requests: ${JSON.stringify(spec satisfies never)}`);
  }
}

export function fetchPath(client: string, idNumber: number): string {
  return `/rest/v1/profiles/thirdPartyId/${idOf(idNumber)}?client=${client}`;
}

export function statusPath(client: string, batchId: string): string {
  return `/m2/${client}/profile/batchStatus?batchId=${batchId}`;
}

export function tinyPath(client: string): string {
  return `/m2/${client}/v2/profile/batchUpdate`;
}

export function tinyBody(index: number): string {
  return `batch=thirdPartyId,attribute1,attribute2\n${idOf(index * 2)},gold,1\n${idOf(index * 2 + 1)},silver,2\n`;
}
