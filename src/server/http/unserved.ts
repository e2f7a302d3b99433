/** What no route took: a method that a path does not have, a documented call that is not emulated, or a path that is none. */
import { ownError } from './own-error.ts';
import type { Reply } from './reply.ts';
import { TOKEN_PATH } from './token-api.ts';

/** The paths of the emulated API, and the methods they have. A submission has every method: which one is a rule. */
const SERVED: readonly (readonly [RegExp, string])[] = [
  [/^\/m2\/[^/]+\/(?:v2\/)?profile\/batchUpdate$/, 'POST'],
  [/^\/m2\/[^/]+\/(?:v2\/)?profile\/batchStatus$/, 'GET'],
  [/^\/m2\/[^/]+\/profile\/update$/, 'GET, POST'],
  [/^\/rest\/v1\/profiles\/(?:thirdPartyId\/)?[^/]+$/, 'GET'],
  [/^\/rest\/v1\/delivery$/, 'POST'],
  [/^\/m2\/[^/]+\/mbox\/json$/, 'GET, POST'],
  [TOKEN_PATH, 'GET, POST'],
];

const ADMIN = 'the Admin API';

/** Of the documented API, and not of this emulator. */
const NOT_EMULATED: readonly (readonly [RegExp, string])[] = [
  // ep-mbox-legacy: known, and left out.
  [/^\/rest\/(?:v1\/mbox|v2\/batchmbox)(?:\/|$)/, 'an older call'],
  [/^\/m2\/[^/]+\/(?:mbox|ubox|sc|viewerid)(?:\/|$)/, 'an older call'],
  [/^\/rest\/v1\/(?!profiles)[^/]+/, 'this part of the API'],
  [/^\/[^/]+\/target\//, ADMIN],
];

/** `written`: how its message writes paths. */
export function unserved(method: string, path: string, written = (each: string) => each): Reply {
  const allow = methodsOf(path);
  if (allow !== undefined) {
    const message = `${written(path)} takes ${allow.replace(', ', ' or ')}, and not ${method}.`;
    return ownError({ status: 405, code: 'method-not-allowed', message }, { allow });
  }
  const meant = path
    .replaceAll(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(/^(\/m2\/[^/]+)\/v1\//, '$1/')
    .replace(/batchupdate$/i, 'batchUpdate')
    .replace(/batchstatus$/i, 'batchStatus');
  if (meant !== path && methodsOf(meant) !== undefined) {
    return ownError({
      status: 404,
      code: 'not-found',
      message: `there is no ${written(path)}; did you mean ${written(meant)}?`,
    });
  }
  const what = NOT_EMULATED.find(([pattern]) => pattern.test(path))?.[1];
  if (what !== undefined) {
    // 404 would mean that there is no such profile, and clients wait a day for one.
    const message = `${method} ${written(path)} is documented (${what}) and not emulated.${what === ADMIN ? '' : ' Use /rest/v1/delivery, or /m2/{client}/mbox/json.'}`;
    return ownError({ status: 501, code: 'not-emulated', message }, { 'x-emulator-cause': 'emulator/not-emulated' });
  }
  const console = path === '/' ? ' The console is at /__emulator/.' : '';
  return ownError({ status: 404, code: 'not-found', message: `${method} ${written(path)} is not emulated.${console}` });
}

const methodsOf = (path: string) => SERVED.find(([pattern]) => pattern.test(path))?.[1];
