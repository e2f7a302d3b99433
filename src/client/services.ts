/** What an upload is carried out with: the network, time, chance and the account's pace. */
import { isAdobeHost } from './adobe-host.ts';
import { callsPerMinuteOn, deadlineMsOn } from './follow/follow-link.ts';
import { readEndpoint } from './read-endpoint.ts';
import { type Clock, systemClock, systemRandom } from './runtime/clock.ts';
import { httpTransport } from './runtime/http-transport.ts';
import { networkAgent } from './runtime/network-agent.ts';
import type { CallLedger } from './send/call-ledger.ts';
import { Pace } from './send/pace.ts';
import type { Transport } from './send/transport.ts';
import { UploadError } from './upload-error.ts';
import type { CompleteOptions } from './upload-options.ts';
import { hostClient } from '../protocol/rules/routing.ts';

export interface UploaderDependencies {
  /** Default: `node:http`, one connection a call, each bounded by `callTimeoutMs`, by a proxy where one is to be used. */
  readonly transport?: Transport;
  /** Default: the machine's clock, monotonic for waits. */
  readonly clock?: Clock;
  /** Jitter. Default: the machine's chance. */
  readonly random?: { next(): number };
  /** Where nameless temporary files are made. Default: the system's directory. */
  readonly temporaryDirectory?: string;
}

export interface Services {
  readonly endpoint: URL;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: { next(): number };
  readonly callsPerMinute: number;
  readonly deadlineMs: number;
  /** One for the account: submissions and status requests of all uploads share its calls a minute. */
  readonly pace: Pace;
}

/** `ledgerOf` gives the account's calls where other processes share them. @throws `options-invalid`, `production-not-confirmed` */
export function makeServices(
  options: CompleteOptions,
  given: UploaderDependencies,
  ledgerOf?: (account: string) => CallLedger,
): Services {
  const { clock = systemClock(), random = systemRandom() } = given;
  const endpoint = readEndpoint(options.endpoint);
  assertMeant(endpoint, options);
  // A file that is not there is told before anything is read, let alone sent.
  if (given.transport === undefined) networkAgent(endpoint, options);
  const callsPerMinute = options.callsPerMinute ?? callsPerMinuteOn(endpoint);
  const ledger = callsPerMinute === Infinity ? undefined : ledgerOf?.(accountOf(endpoint, options.client));
  return {
    endpoint,
    transport: given.transport ?? httpTransport(options),
    clock,
    random,
    callsPerMinute,
    deadlineMs: options.deadlineMs ?? deadlineMsOn(endpoint),
    pace: new Pace(clock, callsPerMinute, ledger),
  };
}

/** Whose calls a minute are spent, and whose ids are written: every real host of a client code leads to one account. */
export function accountOf(endpoint: URL, client: string): string {
  return isAdobeHost(endpoint.hostname) ? client.toLowerCase() : `${client}@${endpoint.host}`;
}

function assertMeant(endpoint: URL, { client, production, clientDiffers }: CompleteOptions): void {
  if (isAdobeHost(endpoint.hostname) && !production) {
    throw new UploadError(
      'production-not-confirmed',
      `${endpoint.hostname} is Adobe's own: an upload there changes real profiles, and this API cannot take it back. ` +
        'Say that production is meant (--production), or rehearse it with an emulator.',
    );
  }
  const ofHost = hostClient(endpoint.host);
  if (ofHost === undefined || clientDiffers || ofHost.toLowerCase() === client.toLowerCase()) return;
  throw UploadError.ofOptions([
    `Option client: ${endpoint.hostname} is the host of ${ofHost}, not of ${client}. Correct one of them, or say that the client differs.`,
  ]);
}
