/** Ids and tokens that the emulator draws, none of which is taken: one drawn number may come twice. */
import { authExpiry, resBatchidCurrent, type TokenScope } from '../../protocol/rules/index.ts';
import type { BatchId, ClientCode, Settings } from '../../protocol/vocabulary/index.ts';
import type { Random } from '../runtime/random.ts';
import type { StoredToken } from '../store/store.ts';
import type { Services } from './services.ts';

type Drawing = Pick<Services, 'clocks' | 'ids' | 'drawnPcIds' | 'reader'>;

/** Of a batch that is accepted now. */
export function newBatchId(
  { ids, reader }: Pick<Services, 'ids' | 'reader'>,
  client: ClientCode,
  now: number,
): BatchId {
  for (;;) {
    const batchId = resBatchidCurrent.decide(client, now, ids.integer(0, 99_999_999));
    if (reader.progress(batchId) === undefined) return batchId;
  }
}

/** For a visitor who has none, in the published form with a location hint only where one is asked for (key-pcid-forms, mrg-sdk-hop). */
export function newPcId({ clocks, ids, drawnPcIds, reader }: Drawing, client: ClientCode, hint = ''): string {
  const now = clocks.now(client);
  for (;;) {
    const drawn = `${now}-${ids.integer(100_000, 999_999)}`;
    const value = `${drawn}${hint}`;
    // Taken is also who waits in a session, or is over: a fetch shows neither. And whose call is being written.
    const isTaken = reader.profileWrites(client, { kind: 'pcId', value }, now) !== undefined;
    if (isTaken || drawnPcIds.get(drawn) === true) continue;
    drawnPcIds.set(drawn, true);
    return value;
  }
}

/** A UUID of version 4, for a request that came without one (dlv-reply-ids); with a time it begins with that, as version 7. */
export function newUuid(random: Random, now?: number): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => random.integer(0, 255)));
  if (now !== undefined) bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | (now === undefined ? 0x40 : 0x70);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A new token of a client code, in place of the one before (auth-regenerate); `defaults` are the readings of one that comes into being with it. */
export async function issueToken(
  { clocks, ids, writer }: Pick<Services, 'clocks' | 'ids' | 'writer'>,
  client: ClientCode,
  scope: TokenScope,
  defaults: Settings,
  expiresIn = authExpiry.decide(scope),
): Promise<StoredToken> {
  const now = clocks.now(client);
  const token = { value: newUuid(ids, now), expiresAt: now + expiresIn * 1_000 };
  await writer.writeToken(client, scope, token, defaults);
  return token;
}

/** Whole seconds (tok-expires-type). */
export const secondsLeft = (expiresAt: number, now: number): number =>
  Math.max(0, Math.floor((expiresAt - now) / 1_000));
