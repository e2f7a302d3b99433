/** How often something was seen, by client code and key: bounded, and a client code is forgotten in one step. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** Beyond `keysMax` the client code that counted longest ago is forgotten whole; the only one loses its oldest keys. */
export function occurrences(keysMax: number) {
  const byClient = new BoundedMap<ClientCode, BoundedMap<string, number>>(keysMax);
  let keys = 0;
  return {
    of: (client: ClientCode, key: string) => byClient.get(client)?.get(key) ?? 0,
    /** How often before; counts this time too. */
    count(client: ClientCode, key: string): number {
      const counts = byClient.get(client) ?? new BoundedMap<string, number>(keysMax);
      const before = counts.get(key) ?? 0;
      keys -= counts.size;
      counts.set(key, before + 1);
      keys += counts.size;
      byClient.delete(client);
      while (keys > keysMax) keys -= byClient.takeOldest()!.size;
      byClient.set(client, counts);
      return before;
    },
    forget(client: ClientCode): void {
      keys -= byClient.get(client)?.size ?? 0;
      byClient.delete(client);
    },
    clear(): void {
      byClient.clear();
      keys = 0;
    },
    /** Remembers every count; the returned function puts them back. */
    remember(): () => void {
      const kept = [byClient.remember(), ...Array.from(byClient.values(), (counts) => counts.remember())];
      const keptKeys = keys;
      return () => {
        for (const goBack of kept) goBack();
        keys = keptKeys;
      };
    },
  };
}
