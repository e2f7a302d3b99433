/** Which account a request speaks for, and the readings in force there. */
import {
  fchClientRequired,
  hostClient,
  ourClientCode,
  ourClientMismatch,
  ourDeliveryClient,
} from '../../protocol/rules/index.ts';
import type { ClientCode, Progression, Rejection, Settings } from '../../protocol/vocabulary/index.ts';
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

/** By path and host; creates nothing. */
export function resolveClient(
  { reader, options, clientCodes }: Asked,
  url: URL,
  pathClient: string,
): ResolvedClient | RefusedClient {
  const recordOf = (code: ClientCode | Rejection) => (typeof code === 'string' ? reader.client(code) : undefined);
  const pathRecord = recordOf(ourClientCode.decide(pathClient));
  const settings = pathRecord?.settings ?? options.settings;
  const code = ourClientMismatch.decide({
    pathClient,
    hostClient: hostClient(url.hostname),
    reading: settings.clientMismatch,
  });
  const client = typeof code === 'string' ? ourClientCode.decide(code) : code;
  if (typeof client !== 'string') return { kind: 'refused', rejection: client, settings };
  return resolved({ options, clientCodes }, client, client === pathClient ? pathRecord : recordOf(client));
}

/** The account of a client code that is one. */
export const accountOf = ({ reader, options, clientCodes }: Asked, client: ClientCode): ResolvedClient =>
  resolved({ options, clientCodes }, client, reader.client(client));

/** Of a fetch, by query alone. */
export const fetchClient = (services: Asked, { searchParams }: URL): ResolvedClient | RefusedClient =>
  spokenFor(services, fchClientRequired.decide(searchParams));

/** By query, organisation or host; creates nothing. `orgs` says whose an organisation is. */
export function deliveryClient(
  services: Asked,
  { hostname, searchParams }: URL,
  orgs: ReadonlyMap<string, string>,
): ResolvedClient | RefusedClient {
  const isKnown = (code: string) => isClientCode(code) && accountOf(services, code).isKnown;
  const client = searchParams.get('client');
  const org = searchParams.get('imsOrgId');
  return spokenFor(
    services,
    ourDeliveryClient.decide({ client, org, orgs, hostClient: hostClient(hostname), isKnown }),
  );
}

function spokenFor(services: Asked, code: string | Rejection): ResolvedClient | RefusedClient {
  const client = typeof code === 'string' ? ourClientCode.decide(code) : code;
  if (typeof client === 'string') return accountOf(services, client);
  return { kind: 'refused', rejection: client, settings: services.options.settings };
}

type Asked = Pick<Services, 'reader' | 'options' | 'clientCodes'>;

const isClientCode = (code: string): code is ClientCode => typeof ourClientCode.decide(code) === 'string';

function resolved(
  { options, clientCodes }: Pick<Services, 'options' | 'clientCodes'>,
  client: ClientCode,
  record: ClientRecord | undefined,
): ResolvedClient {
  return {
    kind: 'client',
    client,
    settings: record?.settings ?? options.settings,
    pace: record?.pace ?? { kind: options.pace },
    isKnown: record !== undefined || clientCodes.isHandedOut(client),
  };
}
