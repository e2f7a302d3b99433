/** Tokens of client codes, and the API that issues them: written from the sentences of the catalogue (1.13, tok-*). */
import type { RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { refusalText } from './replies.ts';

interface ModelToken {
  readonly value: string;
  readonly expiresAt: number;
}

interface TokenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: ReadonlyMap<string, string>;
}

interface Tenant {
  readonly isUnknown: boolean;
  readonly isCode: boolean;
  readonly open: () => void;
}

interface TokenReply {
  readonly status: number;
  readonly body: string;
  readonly cause: RuleId | undefined;
}

export function tokenBook() {
  /** auth-regenerate: one for each client code and scope. */
  const tokens = new Map<string, ModelToken>();
  const keyOf = (client: string, scope: string) => `${client} ${scope}`;
  return {
    /** auth-optional, err-auth-403: what is wrong with the token that a call shows; undefined where it may come in. */
    judged(client: string, headers: ReadonlyMap<string, string>, { authentication }: Settings, now: number) {
      if (authentication === 'off') return undefined;
      // auth-header-bearer, tok-literal: the older header too, and no full stop.
      const bearer = headers.get('authorization');
      const shown = bearer === undefined ? headers.get('access_token') : /^bearer +(\S+) *$/i.exec(bearer)?.[1];
      if (bearer === undefined && shown === undefined) return authentication === 'required' ? 'none' : undefined;
      const issued = tokens.get(keyOf(client, 'profile_api'));
      if (issued === undefined || issued.value !== shown) return 'wrong';
      return now < issued.expiresAt ? undefined : 'expired';
    },

    /** auth-token-api; `fresh` is the token that is issued now. */
    asked(request: TokenRequest, client: string, now: number, fresh: string, tenant: Tenant): TokenReply {
      const { method, url, headers } = request;
      // tok-admin-auth: any bearer token will do.
      if (!/^bearer +\S/i.test(headers.get('authorization') ?? '')) return refused(401, 'tok-admin-auth', now);
      if (!tenant.isCode) return refused(400, 'our-client-code', now);
      // auth-scope-param, tok-scope-required: by either name.
      const given = url.searchParams.get('authorizationScope') ?? url.searchParams.get('scope');
      if (given === null) return refused(400, 'tok-scope-required', now);
      if (given !== 'profile_api' && given !== 'debug_tools') return refused(400, 'auth-scope-param', now);
      // our-token-tenant: the tenant is the client code; our-unknown-client.
      if (tenant.isUnknown) return refused(404, 'our-unknown-client', now);
      const key = keyOf(client, given);
      if (method === 'POST') {
        tenant.open();
        // auth-expiry: 90 days less a second, or nearly six hours.
        const expiresIn = given === 'profile_api' ? 7_775_999 : 21_599;
        tokens.set(key, { value: fresh, expiresAt: now + expiresIn * 1_000 });
        return { status: 201, body: tokenReply(fresh, given, expiresIn), cause: undefined };
      }
      // tok-get-none
      const token = tokens.get(key);
      if (token === undefined || token.expiresAt <= now) return refused(404, 'tok-get-none', now);
      const seconds = Math.floor((token.expiresAt - now) / 1_000);
      return { status: 200, body: tokenReply(token.value, given, seconds), cause: undefined };
    },

    drop(client: string) {
      for (const scope of ['profile_api', 'debug_tools']) tokens.delete(keyOf(client, scope));
    },
  };
}

/** auth-token-form: a UUID. */
export const tokenOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const tokenReply = (accessToken: string, scope: string, expiresIn: number) =>
  `{"accessToken":"${accessToken}","tokenType":"bearer","scope":"${scope}","expiresIn":${expiresIn}}`;

/** tok-error-shape; the request's id is anybody's. */
function refused(status: number, rule: RuleId, now: number): TokenReply {
  const error = { errorCode: `emulator.${rule}`, message: refusalText(rule), meta: {} };
  const requestTime = new Date(now).toISOString();
  const body = JSON.stringify({ httpStatus: status, requestId: tokenOf(0), requestTime, errors: [error] });
  return { status, body, cause: rule };
}
