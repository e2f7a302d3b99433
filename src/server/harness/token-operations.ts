/** Tokens of client codes: issued, shown, revoked; whether calls need one is the reading `authentication`. */
import { z } from 'zod';
import { authExpiry, TOKEN_SCOPES, type TokenScope } from '../../protocol/rules/index.ts';
import { issueToken, secondsLeft } from '../http/new-ids.ts';
import type { Services } from '../http/services.ts';
import type { StoredToken } from '../store/store.ts';
import { ofClient, wholeNumber } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import { refusal } from './refusals.ts';
import { isoTime } from './as-json.ts';
import * as replies from './replies.ts';

const scopeQuery = once(() => ({
  scope: z.enum(TOKEN_SCOPES).default('profile_api').describe('What it is for: profile_api unless told.'),
}));
const ofScope = {
  takes: () => ({ ...ofClient.takes(), query: scopeQuery() }),
  asked: (client: string, query: Pick<TokenAsked, 'scope'> = {}) => ({ path: { client }, query }),
};
const lifeMax = authExpiry.decide('profile_api');
const tokenQuery = once(() => ({
  ...scopeQuery(),
  expiresIn: wholeNumber(1, lifeMax, `Must be whole seconds, 1 to ${lifeMax}`)
    .optional()
    .describe('Seconds; as documented for the scope unless told.'),
}));

/** A token as it is sent: `Authorization: Bearer ${accessToken}`. `expiresAt` is in milliseconds since 1970. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly scope: TokenScope;
  readonly expiresAt: number;
}

/** `expiresIn` is in seconds: as documented for the scope unless told. */
export interface TokenAsked extends z.input<z.ZodObject<ReturnType<typeof tokenQuery>>> {}

export const tokenOperations = {
  /**
   * Issues a token of the profile API; the one before dies at once. It expires by the emulator's clock. Creates the client
   * code if it is new. Whether calls need a token is the reading `authentication`. Rejects with a `ZodError` that names
   * each wrong field.
   *
   * @example
   * await emulator.setSettings('demo', { authentication: 'required' });
   * const { accessToken } = await emulator.issueToken('demo', { expiresIn: 60 });
   */
  issueToken: operation({
    route: 'POST /clients/{client}/token',
    sentence: 'Issues a token; the one before dies at once.',
    takes: () => ({ ...ofClient.takes(), query: tokenQuery() }),
    replies: { 201: replies.token },
    asked: (client: string, query: TokenAsked = {}) => ({ path: { client }, query }),
    does: async (services, { client, scope: of, expiresIn: life }): Promise<IssuedToken> =>
      told(of, await issueToken(services, client, of, services.options.settings, life)),
    tells: tokenJson,
  }),
  /**
   * The client code's token, expired or not; undefined where there is none.
   *
   * @example
   * emulator.token('demo')?.accessToken; // '019b76da-a800-7c3b-9f51-0a2b3c4d5e6f'
   */
  token: operation({
    route: 'GET /clients/{client}/token',
    sentence: 'Its token, expired or not.',
    ...ofScope,
    replies: { 200: replies.token },
    does: ({ reader }, { client, scope: of }): IssuedToken | undefined => {
      const found = reader.token(client, of);
      return found && told(of, found);
    },
    absent: ({ client }) => refusal(404, 'no-token', `${client} has no token.`),
    tells: tokenJson,
  }),
  /**
   * The client code's token is none from now on. Where there is none, nothing happens.
   *
   * @example
   * await emulator.revokeToken('demo');
   */
  revokeToken: operation({
    route: 'DELETE /clients/{client}/token',
    sentence: 'Revokes its token.',
    ...ofScope,
    does: async ({ reader, writer }, { client, scope: of }): Promise<void> => {
      if (reader.token(client, of) !== undefined) await writer.writeToken(client, of, undefined);
    },
  }),
};

const told = (scope: TokenScope, { value, expiresAt }: StoredToken): IssuedToken => ({
  accessToken: value,
  scope,
  expiresAt,
});

function tokenJson(token: IssuedToken, { clocks }: Services, { client }: { readonly client: string }) {
  const { accessToken, scope, expiresAt } = token;
  const expiresIn = secondsLeft(expiresAt, clocks.now(client));
  return { accessToken, tokenType: 'bearer', scope, expiresIn, expiresAt: isoTime(expiresAt) };
}
