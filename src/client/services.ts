/** What calls are made with: the network, time, chance and the account's pace; and a job with all it is carried out with. */
import { isAdobeHost, readEndpoint } from './endpoint.ts';
import { pollScheduleOn } from './follow/poll-schedule.ts';
import type { Job } from './jobs/job.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { RunOptions } from './progress.ts';
import { type Clock, systemClock, systemRandom } from './runtime/clock.ts';
import { httpTransport, type Transport } from './runtime/http-transport.ts';
import { networkAgent } from './runtime/network-agent.ts';
import { type CallLedger, Pace } from './send/pace.ts';
import { UploadError } from './upload-error.ts';
import { type CompleteOptions, UPLOAD_DEFAULTS, type UploadOptions } from './upload-options.ts';
import { hostClient } from '../protocol/rules/routing.ts';
import { CALLS_PER_MINUTE_MAX } from '../protocol/vocabulary/index.ts';

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

/** With whose calls a minute are spent, and whose ids are written. */
export type Services = ReturnType<typeof servicesAt> & { readonly account: string };

/** One job to be carried out, and all it is carried out with. */
export interface Errand extends RunOptions, Omit<CompleteOptions, keyof Services>, Services {
  readonly job: Job;
  /** Where it is remembered, beside others that may be in its way. */
  readonly jobs: Jobs | undefined;
}

/** In a state folder all processes share the account's calls. @throws `options-invalid`, `production-not-confirmed` */
export function makeServices(options: CompleteOptions, given: UploaderDependencies, jobs?: Jobs): Services {
  const endpoint = readEndpoint(options.endpoint);
  assertMeant(endpoint, options);
  // A file that is not there is told before anything is read, let alone sent.
  if (given.transport === undefined) networkAgent(endpoint, options);
  // Every real host of a client code leads to one account.
  const { client } = options;
  const account = isAdobeHost(endpoint.hostname) ? client.toLowerCase() : `${client}@${endpoint.host}`;
  return { ...servicesAt(endpoint, options, given, () => jobs?.ledger(account)), account };
}

export type CallOptions = Pick<UploadOptions, 'deadlineMs' | 'callsPerMinute' | 'callTimeoutMs' | 'proxy' | 'ca'>;

export function servicesAt(
  endpoint: URL,
  options: CallOptions & Pick<CompleteOptions, 'outageMax'>,
  { transport, clock = systemClock(), random = systemRandom() }: UploaderDependencies,
  ledger?: () => CallLedger | undefined,
) {
  const isReal = isAdobeHost(endpoint.hostname);
  // lim-calls-min binds the real service; an emulator on this machine has nothing to protect.
  const { callsPerMinute = isReal ? CALLS_PER_MINUTE_MAX : Infinity } = options;
  const { callTimeoutMs = UPLOAD_DEFAULTS.callTimeoutMs } = options;
  return {
    endpoint,
    transport: transport ?? httpTransport({ ...options, callTimeoutMs }),
    clock,
    random,
    callsPerMinute,
    // thr-latency: up to 24 hours.
    deadlineMs: options.deadlineMs ?? (isReal ? 24 * 60 : 10) * 60_000,
    // A night has room for an hour; whoever tries something on this machine does not wait so long.
    outageMaxMs: options.outageMax ?? (isReal ? 60 * 60_000 : 15_000),
    schedule: pollScheduleOn(endpoint, callsPerMinute),
    // One for the account: submissions and status requests of all uploads share its calls a minute.
    pace: new Pace(clock, callsPerMinute, callsPerMinute === Infinity ? undefined : ledger?.()),
  };
}

function assertMeant(endpoint: URL, { client, production, clientDiffers }: CompleteOptions): void {
  if (isAdobeHost(endpoint.hostname) && !production) {
    const message = `${endpoint.hostname} is Adobe's own: an upload there changes real profiles, and this API cannot take it back. Say that production is meant (--production), or rehearse it with an emulator.`;
    throw new UploadError('production-not-confirmed', message);
  }
  const ofHost = hostClient(endpoint.host);
  if (ofHost === undefined || clientDiffers || ofHost.toLowerCase() === client.toLowerCase()) return;
  throw UploadError.ofOptions([
    `Option client: ${endpoint.hostname} is the host of ${ofHost}, not of ${client}. Correct one of them, or say that the client differs.`,
  ]);
}
