/** The ids of all profiles of a client code, as the control API lists them. */
import type { Emulator } from '../../src/server/index.ts';

export async function listedProfiles(client: string, emulator: Emulator): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const url = `http://localhost/__emulator/clients/${client}/profiles?limit=1000${cursor}`;
    const response = await emulator.fetch(new Request(url));
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    const page = (await response.json()) as { profiles: readonly Record<string, unknown>[]; next: string | null };
    for (const { pcId, thirdPartyId } of page.profiles) ids.push(JSON.stringify({ pcId, thirdPartyId }));
    if (page.next === null) return ids.toSorted();
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}
