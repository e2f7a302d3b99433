import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { expect } from 'vitest';
import { withoutOwnWords } from '../conformance/runner/own-words.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import type { Settings } from '../../src/protocol/vocabulary/index.ts';
import type { Reply, SentRequest } from '../../src/sim/index.ts';
import { law } from './law.ts';
import { modelOf, withClient } from './world.ts';

type Shown = 'none' | 'latest' | 'earlier' | 'wrong';
type Scope = 'profile_api' | 'debug_tools' | 'everything' | undefined;

type TokenCommand =
  | { readonly kind: 'admin'; readonly method: 'GET' | 'POST'; readonly scope: Scope; readonly isAdmin: boolean }
  | {
      readonly kind: 'submit' | 'status' | 'update' | 'fetch';
      readonly token: Shown;
      readonly header: 'authorization' | 'access_token';
      readonly scheme: 'Bearer' | 'bearer' | 'Bearer.' | 'Basic';
    }
  | { readonly kind: 'settings'; readonly authentication: Settings['authentication'] }
  | { readonly kind: 'advance'; readonly seconds: number }
  | { readonly kind: 'drop' };

const commands: Arbitrary<readonly TokenCommand[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('admin' as const),
        method: fc.constantFrom('POST' as const, 'GET' as const),
        scope: fc.constantFrom<Scope>(
          'profile_api',
          'profile_api',
          'profile_api',
          'debug_tools',
          'everything',
          undefined,
        ),
        isAdmin: fc.constantFrom(true, true, true, false),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constantFrom('submit' as const, 'status' as const, 'update' as const, 'fetch' as const),
        token: fc.constantFrom<Shown>('latest', 'latest', 'earlier', 'none', 'wrong'),
        header: fc.constantFrom('authorization' as const, 'authorization' as const, 'access_token' as const),
        scheme: fc.constantFrom(
          'Bearer' as const,
          'Bearer' as const,
          'bearer' as const,
          'Bearer.' as const,
          'Basic' as const,
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('settings' as const),
        authentication: fc.constantFrom('required' as const, 'optional' as const, 'off' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('advance' as const),
        seconds: fc.constantFrom(1, 21_598, 21_599, 7_775_998, 7_775_999),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'drop' as const }) },
  ),
  { maxLength: 20, size: 'max' },
);

law(
  'err-auth-403, auth-regenerate, auth-expiry, auth-header-bearer, auth-scope-param, tok-get-none: model and emulator let the same calls in, however tokens are issued, replaced and shown',
  fc.tuple(fc.constantFrom('required' as const, 'optional' as const, 'off' as const), commands),
  async ([authentication, sequence]) => {
    await withClient({ ...DEFAULT_SETTINGS, authentication }, async (client, world) => {
      const { port } = world;
      const model = modelOf(world);
      await model.writeSettings(client, { authentication });
      const tokens: string[] = [];
      for (const command of sequence) {
        switch (command.kind) {
          case 'settings':
            for (const each of [port, model])
              await each.writeSettings(client, { authentication: command.authentication });
            break;
          case 'advance':
            for (const each of [port, model]) each.advance(command.seconds * 1_000);
            break;
          case 'drop':
            for (const each of [port, model]) await each.dropClient(client);
            break;
          default: {
            const request = requestOf(command, client, tokens);
            const ours = await port.send(request);
            const issued = command.kind === 'admin' ? tokenIn(ours) : undefined;
            const theirs = await model.send(request, issued);
            expect(told(ours)).toEqual(told(theirs));
            if (issued !== undefined && command.kind === 'admin' && command.scope === 'profile_api')
              tokens.push(issued);
            for (const each of command.kind === 'submit' ? [port, model] : []) await each.apply(client, 'all');
          }
        }
      }
      const id = { kind: 'pcId', value: '1' } as const;
      expect(await port.profile(client, id)).toEqual(await model.profile(client, id));
    });
  },
);

function requestOf(
  command: Extract<TokenCommand, { kind: 'admin' | 'submit' | 'status' | 'update' | 'fetch' }>,
  client: string,
  tokens: readonly string[],
): SentRequest {
  if (command.kind === 'admin') {
    const { method, scope, isAdmin } = command;
    const query = scope === undefined ? '' : `?authorizationScope=${scope}`;
    const headers = isAdmin ? [['authorization', 'Bearer ims'] as const] : [];
    return { method, path: `/${client}/target/authentication/token${query}`, headers };
  }
  const { header, scheme } = command;
  const token = { none: undefined, latest: tokens.at(-1), earlier: tokens.at(-2), wrong: 'wrong' }[command.token];
  const value = header === 'authorization' ? `${scheme} ${token}` : String(token);
  const headers: (readonly [string, string])[] = token === undefined ? [] : [[header, value]];
  switch (command.kind) {
    case 'submit': {
      const body = Buffer.from('batch=pcId,a\n1,x');
      return { method: 'POST', path: `/m2/${client}/v2/profile/batchUpdate`, headers, body };
    }
    case 'status':
      return { method: 'GET', path: `/m2/${client}/profile/batchStatus?batchId=${client}-1-2`, headers };
    case 'update':
      return { method: 'GET', path: `/m2/${client}/profile/update?mboxPC=1&profile.a=y`, headers };
    case 'fetch':
      return { method: 'GET', path: `/rest/v1/profiles/1?client=${client}`, headers };
  }
}

const tokenIn = ({ body }: Reply): string | undefined =>
  /"accessToken":"([^"]+)"/.exec(Buffer.from(body).toString())?.[1];

/** But for what each draws: the id of a request, of a batch. */
function told({ status, cause, body, headers }: Reply) {
  const text = Buffer.from(body)
    .toString()
    .replace(/"requestId":"[^"]+"/, '')
    .replace(/batchId=[\w-]+/, '');
  return { status, cause, text: withoutOwnWords(text), type: headers.get('content-type') };
}
