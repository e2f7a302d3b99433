/** A new token of a client code, in place of the one before (auth-regenerate). */
import { authExpiry, type TokenScope } from '../../protocol/rules/index.ts';
import type { ClientCode, Settings } from '../../protocol/vocabulary/index.ts';
import type { StoredToken } from '../store/store.ts';
import { newUuid } from './new-ids.ts';
import type { Services } from './services.ts';

/** `defaults` are the readings of a client code that comes into being with it. */
export async function issueToken(
  { clocks, ids, writer }: Pick<Services, 'clocks' | 'ids' | 'writer'>,
  client: ClientCode,
  scope: TokenScope,
  defaults: Settings,
  expiresIn = authExpiry.decide(scope),
): Promise<StoredToken> {
  const now = clocks.now(client);
  const token = { value: newUuid(ids, now), expiresAt: now + expiresIn * 1_000 };
  await writer.writeToken(client, scope, token, defaults);
  return token;
}

/** Whole seconds (tok-expires-type). */
export const secondsLeft = (expiresAt: number, now: number): number =>
  Math.max(0, Math.floor((expiresAt - now) / 1_000));
