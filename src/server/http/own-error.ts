/** An error in the emulator's own shape, which no reply of the emulated API has. */
import { PROTECTIVE_HEADERS, Reply } from './reply.ts';

interface OwnError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 417 | 500 | 501 | 503;
  readonly code: string;
  /** One sentence for a person. */
  readonly message: string;
}

export function ownError({ status, code, message }: OwnError, headers: Readonly<Record<string, string>> = {}): Reply {
  return ownJson({ error: { code, message: `target-profile-emulator: ${message}`, issues: [] } }, status, headers);
}

/** JSON of our own API. */
export function ownJson(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  const ours = { 'content-type': 'application/json;charset=UTF-8', 'cache-control': 'no-store', ...PROTECTIVE_HEADERS };
  return new Reply(status, { ...ours, ...headers }, JSON.stringify(value));
}
