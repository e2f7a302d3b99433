/** How often something was seen, by client code and key: bounded, and a client code is forgotten in one step. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';

export interface Occurrences {
  of(client: ClientCode, key: string): number;
  /** How often before; counts this time too. */
  count(client: ClientCode, key: string): number;
  forget(client: ClientCode): void;
  /** Remembers every count; the returned function puts them back. */
  remember(): () => void;
}

/** Beyond `keysMax` the client code that counted longest ago is forgotten whole; the only one loses its oldest keys. */
export function occurrences(keysMax: number): Occurrences {
  const byClient = new Map<ClientCode, Map<string, number>>();
  let keys = 0;
  const forget = (client: ClientCode) => {
    keys -= byClient.get(client)?.size ?? 0;
    byClient.delete(client);
  };
  return {
    of: (client, key) => byClient.get(client)?.get(key) ?? 0,
    count(client, key) {
      const counts = byClient.get(client) ?? new Map<string, number>();
      byClient.delete(client);
      byClient.set(client, counts);
      const before = counts.get(key) ?? 0;
      if (!counts.delete(key)) keys += 1;
      counts.set(key, before + 1);
      while (keys > keysMax) {
        const oldest = byClient.keys().next().value!;
        if (oldest !== client) forget(oldest);
        else {
          counts.delete(counts.keys().next().value!);
          keys -= 1;
        }
      }
      return before;
    },
    forget,
    remember() {
      const kept = Array.from(byClient, ([client, counts]) => [client, [...counts]] as const);
      const keptKeys = keys;
      return () => {
        byClient.clear();
        for (const [client, counts] of kept) byClient.set(client, new Map(counts));
        keys = keptKeys;
      };
    },
  };
}
