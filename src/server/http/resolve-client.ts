/** Which account a request speaks for, and the readings in force there. */
import {
  fchClientRequired,
  hostClient,
  ourClientCode,
  ourClientMismatch,
  ourDeliveryClient,
} from '../../protocol/rules/index.ts';
import type { ClientCode, Progression, Rejection, Settings } from '../../protocol/vocabulary/index.ts';
import type { Operation } from '../faults/fault.ts';
import type { ClientRecord } from '../store/store.ts';
import type { Services } from './services.ts';

export interface ResolvedClient {
  readonly kind: 'client';
  readonly client: ClientCode;
  readonly settings: Settings;
  readonly pace: Progression;
  /** Somebody has used it before. */
  readonly isKnown: boolean;
}

/** No client is meant that could be; under the readings of the path's own client, where it has any. */
export interface RefusedClient {
  readonly kind: 'refused';
  readonly rejection: Rejection;
  readonly settings: Settings;
}

type Account = ResolvedClient | RefusedClient;
type Asked = Pick<Services, 'reader' | 'options' | 'clientCodes'>;

/** Of a fetch by query alone, of a Delivery call by query, organisation or host, of all others by path and host; creates nothing. */
export function accountAsked(services: Services, operation: Operation, clientFromEnd: number): (url: URL) => Account {
  const { settings, org } = services.options;
  const orgs = new Map(org.map((each) => each.split('=', 2) as [string, string]));
  const isKnown = (code: string) => {
    const client = ourClientCode.decide(code);
    return typeof client === 'string' && accountOf(services, client).isKnown;
  };
  const spokenFor = (code: string | Rejection): Account => {
    const client = typeof code === 'string' ? ourClientCode.decide(code) : code;
    return typeof client === 'string' ? accountOf(services, client) : { kind: 'refused', rejection: client, settings };
  };
  if (operation === 'fetch') return ({ searchParams }) => spokenFor(fchClientRequired.decide(searchParams));
  if (operation === 'delivery')
    return ({ hostname, searchParams }) => {
      const [client, imsOrg] = [searchParams.get('client'), searchParams.get('imsOrgId')];
      const asked = { client, org: imsOrg, orgs, hostClient: hostClient(hostname), isKnown };
      return spokenFor(ourDeliveryClient.decide(asked));
    };
  return (url) => byPathAndHost(services, url, decodedSegment(url.pathname.split('/').at(-clientFromEnd) ?? ''));
}

function byPathAndHost(services: Asked, url: URL, pathClient: string): Account {
  const recordOf = (code: ClientCode | Rejection) =>
    typeof code === 'string' ? services.reader.client(code) : undefined;
  const pathRecord = recordOf(ourClientCode.decide(pathClient));
  const settings = pathRecord?.settings ?? services.options.settings;
  const code = ourClientMismatch.decide(pathClient, hostClient(url.hostname), settings.clientMismatch);
  const client = typeof code === 'string' ? ourClientCode.decide(code) : code;
  if (typeof client !== 'string') return { kind: 'refused', rejection: client, settings };
  return accountOf(services, client, client === pathClient ? pathRecord : recordOf(client));
}

/** The account of a client code that is one. */
export function accountOf(
  { reader, options, clientCodes }: Asked,
  client: ClientCode,
  record: ClientRecord | undefined = reader.client(client),
): ResolvedClient {
  return {
    kind: 'client',
    client,
    settings: record?.settings ?? options.settings,
    pace: record?.pace ?? { kind: options.pace },
    isKnown: record !== undefined || clientCodes.isHandedOut(client),
  };
}

/** As the router would: what is no UTF-8 stays as it was sent. */
export function decodedSegment(segment: string): string {
  try {
    return segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch {
    return segment;
  }
}
