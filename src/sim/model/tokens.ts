/** Tokens of client codes, and the API that issues them: written from the sentences of the catalogue (1.13, tok-*). */
import type { RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { refusalText } from './replies.ts';

/** `fresh` is the token that is issued now, `refusal` what is wrong with the client code. */
interface TokenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: ReadonlyMap<string, string>;
  readonly client: string;
  readonly refusal: RuleId | undefined;
  readonly fresh: string;
}

export function tokenBook() {
  /** auth-regenerate: one for each client code and scope. */
  const tokens = new Map<string, { readonly value: string; readonly expiresAt: number }>();
  return {
    /** auth-optional, err-auth-403: whether the token that a call shows, or its lack, keeps it out. */
    isDenied(client: string, headers: ReadonlyMap<string, string>, { authentication }: Settings, now: number): boolean {
      if (authentication === 'off') return false;
      // auth-header-bearer, tok-literal: the older header too, and no full stop.
      const bearer = headers.get('authorization');
      const shown = bearer === undefined ? headers.get('access_token') : /^bearer +(\S+) *$/i.exec(bearer)?.[1];
      if (bearer === undefined && shown === undefined) return authentication === 'required';
      const issued = tokens.get(`${client} profile_api`);
      return issued === undefined || issued.value !== shown || now >= issued.expiresAt;
    },

    /** auth-token-api */
    asked({ method, url, headers, client, refusal, fresh }: TokenRequest, now: number) {
      // tok-admin-auth: any bearer token will do.
      if (!/^bearer +\S/i.test(headers.get('authorization') ?? '')) return refused(401, 'tok-admin-auth', now);
      if (refusal === 'our-client-code') return refused(400, refusal, now);
      // auth-scope-param, tok-scope-required: by either name.
      const scope = url.searchParams.get('authorizationScope') ?? url.searchParams.get('scope');
      if (scope === null) return refused(400, 'tok-scope-required', now);
      if (scope !== 'profile_api' && scope !== 'debug_tools') return refused(400, 'auth-scope-param', now);
      // our-token-tenant: the tenant is the client code; our-unknown-client.
      if (refusal !== undefined) return refused(404, refusal, now);
      const key = `${client} ${scope}`;
      if (method === 'POST') {
        // auth-expiry: 90 days less a second, or nearly six hours.
        const expiresIn = scope === 'profile_api' ? 7_775_999 : 21_599;
        tokens.set(key, { value: fresh, expiresAt: now + expiresIn * 1_000 });
        return { status: 201, body: tokenReply(fresh, scope, expiresIn), cause: undefined };
      }
      // tok-get-none
      const token = tokens.get(key);
      if (token === undefined || token.expiresAt <= now) return refused(404, 'tok-get-none', now);
      const seconds = Math.floor((token.expiresAt - now) / 1_000);
      return { status: 200, body: tokenReply(token.value, scope, seconds), cause: undefined };
    },

    drop(client: string) {
      for (const scope of ['profile_api', 'debug_tools']) tokens.delete(`${client} ${scope}`);
    },
  };
}

/** auth-token-form: a UUID. */
export const tokenOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const tokenReply = (accessToken: string, scope: string, expiresIn: number) =>
  `{"accessToken":"${accessToken}","tokenType":"bearer","scope":"${scope}","expiresIn":${expiresIn}}`;

/** tok-error-shape; the request's id is anybody's. */
function refused(status: number, cause: RuleId, now: number) {
  const errors = [{ errorCode: `emulator.${cause}`, message: refusalText(cause), meta: {} }];
  const requestTime = new Date(now).toISOString();
  return { status, body: JSON.stringify({ httpStatus: status, requestId: tokenOf(0), requestTime, errors }), cause };
}
