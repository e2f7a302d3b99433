/** Which account a request under `/m2` speaks for, and the readings in force there. */
import { hostClient, ourClientCode, ourClientMismatch } from '../../protocol/rules/index.ts';
import type { ClientCode, Progression, Rejection, Settings } from '../../protocol/vocabulary/index.ts';
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
  { reader, options, clientCodes }: Pick<Services, 'reader' | 'options' | 'clientCodes'>,
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
  const record = client === pathClient ? pathRecord : recordOf(client);
  const isKnown = record !== undefined || clientCodes.isHandedOut(client);
  return {
    kind: 'client',
    client,
    settings: record?.settings ?? options.settings,
    pace: record?.pace ?? { kind: options.pace },
    isKnown,
  };
}
