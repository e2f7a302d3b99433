/** Whether a call may come in where its account asks for a token (err-auth-403). */
import { authHeaderBearer, errAuth403, type ShownToken } from '../../protocol/rules/index.ts';
import type { ClientCode, Rejection, Settings } from '../../protocol/vocabulary/index.ts';
import type { EmulatorContext } from './emulator-env.ts';
import type { Services } from './services.ts';

export function refusedAccess(
  { reader, clocks }: Pick<Services, 'reader' | 'clocks'>,
  c: EmulatorContext,
  client: ClientCode,
  { authentication }: Settings,
): Rejection | undefined {
  if (authentication === 'off') return undefined;
  const shown = shownToken(c)?.token;
  const issued = shown === undefined ? undefined : reader.token(client, 'profile_api');
  const judged = (): ShownToken => {
    if (shown === undefined) return 'none';
    if (issued?.value !== shown) return 'wrong';
    return clocks.now(client) < issued.expiresAt ? 'valid' : 'expired';
  };
  return errAuth403.decide(judged(), authentication);
}

export function shownToken({ req }: EmulatorContext) {
  const { headers } = req.raw;
  return authHeaderBearer.decide({
    authorization: headers.get('authorization'),
    accessToken: headers.get('access_token'),
  });
}
