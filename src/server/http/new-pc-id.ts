/** A pcId for a visitor who has none, in the published form with a location hint only where one is asked for (key-pcid-forms, mrg-sdk-hop). */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { Services } from './services.ts';

export function newPcId(
  { clocks, ids, reader }: Pick<Services, 'clocks' | 'ids' | 'reader'>,
  client: ClientCode,
  hint = '',
): string {
  const now = clocks.now(client);
  for (;;) {
    const value = `${now}-${ids.integer(100_000, 999_999)}${hint}`;
    // The same seed on the same data directory draws the same numbers again.
    if (reader.profile(client, { kind: 'pcId', value }, now) === undefined) return value;
  }
}
