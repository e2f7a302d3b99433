/** Takes one visitor out of the profile table: what is stored of them, and every id that leads there. */
import type { Database } from 'better-sqlite3';
import type { KnownId } from '../../protocol/vocabulary/index.ts';
import { statements } from './statements.ts';
import type { LivingClient } from './client-table.ts';
import { recordAddress } from './customer-records.ts';
import { KIND_NUMBERS, type ProfileAddress, type ProfileTable } from './profile-table.ts';
import { isAlive } from './profile-times.ts';
import { recordScan } from './record-scan.ts';
import { seenAt } from './session-writes.ts';
import { identityOf } from './well-formed.ts';

/** True where there was a profile; what is left of one whose lifetime is over goes as well. */
export function visitorEraser(database: Database, profiles: ProfileTable) {
  const { pluck } = statements(database);
  const selectAliases = pluck<[number, number, string], string>(
    'SELECT key FROM profile WHERE generation = ? AND kind = ? AND linked = ?',
  );
  const selectSources = pluck<[number], number>('SELECT id FROM attribute_source WHERE generation = ?');
  const scan = recordScan();

  const aliasesOf = (generation: number, kind: 'pcId' | 'marketingCloudVisitorId', linked: string): ProfileAddress[] =>
    selectAliases.all(generation, KIND_NUMBERS[kind], linked).map((identity) => ({ generation, kind, identity }));

  /** Looked up just before: what was removed last may have moved it. */
  const remove = (address: ProfileAddress) => {
    const { h, stored } = profiles.find(address);
    if (stored) profiles.clear(h, (place) => place === h);
  };

  return ({ generation, settings }: LivingClient, id: KnownId, now: number): boolean => {
    const own = profiles.resolve({ generation, kind: id.kind, identity: identityOf(id, settings) });
    // What files said of them, whether or not they have come yet.
    const sources = own.kind === 'thirdPartyId' ? selectSources.all(generation) : [];
    for (const source of sources) remove(recordAddress(generation, source, own.identity));
    // Nobody has come with it.
    if (own.kind === 'marketingCloudVisitorId') return false;
    const seen = seenAt(own, now);
    scan.read(seen.record);
    const existed = isAlive(seen, scan, now, settings) || seen.isUnborn === true;
    const pcIds = own.kind === 'thirdPartyId' ? aliasesOf(generation, 'pcId', own.identity) : [own];
    const ecids = pcIds.flatMap(({ identity }) => aliasesOf(generation, 'marketingCloudVisitorId', identity));
    for (const address of new Set([own, ...pcIds, ...ecids])) remove(address);
    return existed;
  };
}
