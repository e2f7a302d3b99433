/** Follows one status link on its own, for `tpe status LINK`. */
import { assertCall } from '../call-options.ts';
import { readEndpoint } from '../endpoint.ts';
import type { RunOptions } from '../progress.ts';
import { type CallOptions, servicesAt, type UploaderDependencies } from '../services.ts';
import type { UploadOptions } from '../upload-options.ts';
import { followLinks, type FollowOutcome } from './follow-links.ts';

export interface FollowOptions
  extends
    CallOptions,
    Pick<UploadOptions, 'allowHosts' | 'token'>,
    Omit<UploaderDependencies, 'temporaryDirectory'>,
    RunOptions {
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
 * @throws `options-invalid` for options that do not exist or hold.
 *
 * @example
 * const outcome = await followLink('http://127.0.0.1:8181/m2/acme/profile/batchStatus?batchId=…', { deadlineMs: 60_000 });
 */
export async function followLink(link: string, options: FollowOptions = {}): Promise<FollowOutcome> {
  assertCall('follow', options);
  return followOne(link, options);
}

export async function followOne(link: string, options: FollowOptions): Promise<FollowOutcome> {
  assertCall('link', { link });
  const { allowHosts = [], client, token, wait = true, signal, onProgress } = options;
  const own = URL.canParse(link) ? new URL(link) : new URL('http://link.invalid');
  const endpoint = options.endpoint === undefined ? own : readEndpoint(options.endpoint);
  const services = servicesAt(endpoint, options, options);
  const context = { ...services, allowHosts, client, token, wait, signal, onProgress };
  const [outcome] = await followLinks([{ part: 1, link }], context);
  return outcome!;
}
