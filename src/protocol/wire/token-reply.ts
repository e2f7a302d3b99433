/** What the token API answers with (auth-token-api, tok-error-shape). */
import type { TokenScope } from '../rules/authentication.ts';

export const TOKEN_MEDIA_TYPE = 'application/vnd.adobe.target.v1+json';

/** `expiresIn` in seconds. */
export const tokenJson = (accessToken: string, scope: TokenScope, expiresIn: number): string =>
  JSON.stringify({ accessToken, tokenType: 'bearer', scope, expiresIn });

/** `requestTime` in milliseconds since 1970. */
export function adminErrorJson(
  request: { readonly httpStatus: number; readonly requestId: string; readonly requestTime: number },
  errorCode: string,
  message: string,
): string {
  const requestTime = new Date(request.requestTime).toISOString();
  return JSON.stringify({ ...request, requestTime, errors: [{ errorCode, message, meta: {} }] });
}
