/** Which account a request under `/m2` speaks for, and the readings in force there. */
import { hostClient, ourClientCode, ourClientMismatch } from '../../protocol/rules/index.ts';
import type { ClientCode, Rejection, Settings } from '../../protocol/vocabulary/index.ts';
import type { Services } from './services.ts';

export interface ResolvedClient {
  readonly kind: 'client';
  readonly client: ClientCode;
  readonly settings: Settings;
  /** Somebody has used it before. */
  readonly isKnown: boolean;
}

/** By path and host; creates nothing. */
export function resolveClient(
  { reader, options }: Pick<Services, 'reader' | 'options'>,
  url: URL,
  pathClient: string,
): ResolvedClient | Rejection {
  const defaults = options.settings;
  const code = ourClientMismatch.decide({
    pathClient,
    hostClient: hostClient(url.hostname),
    reading: defaults.clientMismatch,
  });
  if (typeof code !== 'string') return code;
  const client = ourClientCode.decide(code);
  if (typeof client !== 'string') return client;
  const record = reader.client(client);
  return { kind: 'client', client, settings: record?.settings ?? defaults, isKnown: record !== undefined };
}
