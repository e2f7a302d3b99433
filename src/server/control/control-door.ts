/** Who may use the control API where more than this machine can reach it: whoever shows the token, or what it was traded for. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { generateCookie } from 'hono/cookie';
import { parse } from 'hono/utils/cookie';
import { ownError } from '../http/own-error.ts';
import type { Reply } from '../http/reply.ts';

export type ControlDoor = ReturnType<typeof controlDoor>;

/** Without a token everybody is let in whom the guards let in, and a browser gets a cookie that nobody asks for. */
export function controlDoor(token: string | undefined) {
  if (token === undefined) return { judge: () => undefined, trade: () => 'tpe=; Max-Age=0; Path=/__emulator' };
  // A cookie is shown to every port of a host: it is not the token, and each emulator has a name of its own for it.
  const name = `tpe-${digest(token, 'name').toString('hex').slice(0, 8)}`;
  const ticket = digest(token, 'ticket').toString('base64url');
  const isToken = sameAs(token);
  const isTicket = sameAs(ticket);
  return {
    /** Undefined lets the request in. */
    judge(headers: Shown): Reply | undefined {
      const bearer = bearerIn(headers);
      if (bearer !== undefined) return isToken(bearer) ? undefined : refused('is not the one');
      const cookies = headers.get('cookie');
      const shown = cookies === null ? undefined : parse(cookies, name)[name];
      return shown !== undefined && isTicket(shown) ? undefined : refused('is missing');
    },
    /** `Set-Cookie` for a browser that shows the token, by its own or as a bearer; a refusal for any other. */
    trade(given: string | undefined, headers: Shown, isSecure: boolean): string | Reply {
      const shown = given ?? bearerIn(headers);
      if (shown === undefined) return refused('is missing');
      if (!isToken(shown)) return refused('is not the one');
      return generateCookie(name, ticket, {
        path: '/__emulator',
        httpOnly: true,
        sameSite: 'Strict',
        secure: isSecure,
      });
    },
  };
}

type Shown = Pick<Headers, 'get'>;

function bearerIn(headers: Shown): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1];
}

const digest = (secret: string, purpose: string) => createHmac('sha256', secret).update(purpose).digest();

/** In the same time, whatever was given. */
function sameAs(secret: string): (given: string) => boolean {
  const expected = digest(secret, 'same');
  return (given) => timingSafeEqual(digest(given, 'same'), expected);
}

const refused = (what: string) =>
  ownError(
    {
      status: 401,
      code: 'control-token',
      message: `the control token ${what}. Send "Authorization: Bearer TOKEN", or open /__emulator/login?token=TOKEN; it was printed at the start, or is what TPE_CONTROL_TOKEN says.`,
    },
    { 'www-authenticate': 'Bearer realm="target-profile-emulator"' },
  );
