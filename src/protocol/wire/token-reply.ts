/** What the token API answers with (auth-token-api, tok-error-shape). */
import type { TokenScope } from '../rules/authentication.ts';

export const TOKEN_MEDIA_TYPE = 'application/vnd.adobe.target.v1+json';

/** `expiresIn` in seconds. */
export function tokenJson(token: {
  readonly accessToken: string;
  readonly scope: TokenScope;
  readonly expiresIn: number;
}): string {
  const { accessToken, scope, expiresIn } = token;
  return JSON.stringify({ accessToken, tokenType: 'bearer', scope, expiresIn });
}

export function adminErrorJson(error: {
  readonly httpStatus: number;
  readonly requestId: string;
  /** In milliseconds since 1970. */
  readonly requestTime: number;
  readonly errorCode: string;
  readonly message: string;
}): string {
  const { httpStatus, requestId, requestTime, errorCode, message } = error;
  return JSON.stringify({
    httpStatus,
    requestId,
    requestTime: new Date(requestTime).toISOString(),
    errors: [{ errorCode, message, meta: {} }],
  });
}
