/** Follows one status link on its own, for `tpe status LINK`. */
import { isAdobeHost } from '../adobe-host.ts';
import { systemClock, systemRandom } from '../runtime/clock.ts';
import type { RunOptions } from '../create-uploader.ts';
import { readEndpoint } from '../read-endpoint.ts';
import { Pace } from '../send/pace.ts';
import { httpTransport } from '../runtime/http-transport.ts';
import type { UploaderDependencies } from '../services.ts';
import { assertToken, UPLOAD_DEFAULTS, type UploadOptions } from '../upload-options.ts';
import { CALLS_PER_MINUTE_MAX } from '../../protocol/vocabulary/index.ts';
import { followLinks } from './follow-links.ts';
import type { FollowOutcome } from './follow-outcome.ts';
import { pollScheduleOn } from './poll-schedule.ts';

type LinkOptions = Pick<
  UploadOptions,
  'allowHosts' | 'token' | 'deadlineMs' | 'callsPerMinute' | 'callTimeoutMs' | 'proxy' | 'ca'
>;

export interface FollowOptions extends LinkOptions, Omit<UploaderDependencies, 'temporaryDirectory'>, RunOptions {
  /** Whom to trust besides `allowHosts`. Default: the host of the link itself, because the caller typed it. */
  readonly endpoint?: string;
  /** Whose batch it must be, where the link names a client code. Default: anybody's. */
  readonly client?: string;
  /** Default true. With false the link is asked once, at once. */
  readonly wait?: boolean;
}

/**
 * Asks for one batch's status until it has ended, or `deadlineMs` milliseconds are over. Never rejects for what the service
 * or the link does: that is in the outcome. Defaults are those of `FollowOptions`.
 *
 * @throws `options-invalid` for an endpoint or a token that is none.
 *
 * @example
 * const outcome = await followLink('http://127.0.0.1:8181/m2/acme/profile/batchStatus?batchId=…', { deadlineMs: 60_000 });
 */
export async function followLink(link: string, options: FollowOptions = {}): Promise<FollowOutcome> {
  assertToken(options.token);
  const endpoint =
    options.endpoint !== undefined
      ? readEndpoint(options.endpoint)
      : URL.canParse(link)
        ? new URL(link)
        : new URL('http://link.invalid');
  const callsPerMinute = options.callsPerMinute ?? callsPerMinuteOn(endpoint);
  const clock = options.clock ?? systemClock();
  const pace = new Pace(clock, callsPerMinute);
  const [outcome] = await followLinks(
    [link],
    {
      transport:
        options.transport ??
        httpTransport({ ...options, callTimeoutMs: options.callTimeoutMs ?? UPLOAD_DEFAULTS.callTimeoutMs }),
      pace,
      signal: options.signal,
      onProgress: options.onProgress,
      endpoint,
      allowHosts: options.allowHosts ?? [],
      client: options.client,
      clock,
      random: options.random ?? systemRandom(),
      token: options.token,
      schedule: pollScheduleOn(endpoint, callsPerMinute),
      deadlineMs: options.deadlineMs ?? deadlineMsOn(endpoint),
      wait: options.wait ?? true,
    },
    (_, reading) =>
      options.onProgress?.({
        kind: 'status',
        part: 1,
        status: reading?.status ?? 'unknown',
        consumed: reading?.consumedCount,
        rows: reading?.batchSize ?? 0,
      }),
  );
  return outcome!;
}

/** lim-calls-min binds the real service; an emulator on this machine has nothing to protect. */
export function callsPerMinuteOn(endpoint: URL): number {
  return isAdobeHost(endpoint.hostname) ? CALLS_PER_MINUTE_MAX : Infinity;
}

/** thr-latency: up to 24 hours. */
export function deadlineMsOn(endpoint: URL): number {
  return isAdobeHost(endpoint.hostname) ? 24 * 60 * 60_000 : 10 * 60_000;
}
