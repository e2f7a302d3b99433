/** How much each client code owns, at a bounded price: all client codes share one table, ordered by a hash. */
import type { Database } from 'better-sqlite3';
import { statements } from './statements.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { StoreSizes } from './store.ts';

/** Rows counted one by one. Beyond them the hash, which is even, tells what share of the table was counted. */
const STRETCH_ROWS = 20_000;
/** `h` is a hash of so many bits; see profile-key.ts. */
const HASHES = 2 ** 53;
const BATCHES_COUNTED_MAX = 100_000;

export function sizeReader(database: Database): () => StoreSizes {
  const { prepare, pluck } = statements(database);
  const selectStretchEnd = pluck<[], number>(`SELECT h FROM profile ORDER BY h LIMIT 1 OFFSET ${STRETCH_ROWS - 1}`);
  // A pcId that is the other name of a customer is none of its own.
  const selectSizes = prepare<[number], { client: ClientCode; profiles: number; batches: number }>(
    `SELECT code AS client, ifnull(profiles, 0) AS profiles, ifnull(batches, 0) AS batches FROM client
     LEFT JOIN (
       SELECT generation, count(*) AS profiles FROM profile
       WHERE h <= ? AND (kind = 1 OR kind = 0 AND linked IS NULL) GROUP BY generation
     ) AS owned USING (generation)
     LEFT JOIN (
       SELECT generation, count(*) AS batches
       FROM (SELECT generation FROM batch ORDER BY sequence DESC LIMIT ${BATCHES_COUNTED_MAX}) GROUP BY generation
     ) AS sent USING (generation)
     ORDER BY code`,
  );
  return () => {
    const end = selectStretchEnd.get();
    const clients = selectSizes.all(end ?? HASHES);
    if (end === undefined) return { clients, exact: true };
    const share = end / HASHES;
    const estimated = (profiles: number) => Math.round(profiles / share);
    return { clients: clients.map((each) => ({ ...each, profiles: estimated(each.profiles) })), exact: false };
  };
}
