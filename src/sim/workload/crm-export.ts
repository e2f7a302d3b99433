/**
 * Makes CRM exports that look real and are wholly invented: the same seed gives the same bytes, row by row, so that a
 * test or a reader can work out what any profile must hold.
 */
import { DAY_MS } from '../../protocol/vocabulary/index.ts';

export interface CrmExportOptions {
  readonly rows: number;
  readonly seed: number;
  /** How many rows carry a thirdPartyId with `/` in it, which no document allows (key-3rd-chars). Default 0. */
  readonly illegalIds?: number;
}

/** What one row says. A value is undefined where the export has an empty cell. */
export type CrmRecord = Readonly<{ id: string; values: Readonly<Record<CrmColumn, string | undefined>> }>;

export const CRM_ID_COLUMN = 'customer_id';

export const CRM_COLUMNS = [
  'salutationName',
  'city',
  'loyaltyTier',
  'loyaltyPoints',
  'preferredStore',
  'lastCategory',
  'lastOrderDate',
  'newsletter',
  'note',
] as const;
type CrmColumn = (typeof CRM_COLUMNS)[number];

/** The export as CSV lines, each with its line end, header row first. */
export function* crmExport(options: CrmExportOptions): Generator<string> {
  yield `${[CRM_ID_COLUMN, ...CRM_COLUMNS].join(',')}\n`;
  for (const record of crmRecords(options))
    yield `${[record.id, ...CRM_COLUMNS.map((column) => csvCell(record.values[column]))].join(',')}\n`;
}

/** The same rows as facts. Ids are unique; about one row in ninety has nothing but its id. */
export function* crmRecords({ rows, seed, illegalIds = 0 }: CrmExportOptions): Generator<CrmRecord> {
  for (let row = 0; row < rows; row += 1) {
    const draw = drawsFor(seed, row);
    // Spread evenly: a single one stands in the middle.
    const illegal = Math.round(((row + 1) * illegalIds) / rows) > Math.round((row * illegalIds) / rows);
    yield { id: crmId(row, seed, illegal), values: draw() < 1 / 90 ? NOTHING : crmValues(draw) };
  }
}

/** Profiles that Target might already hold for about six in ten of these customers, as `--profiles` reads them. */
export function* crmProfiles({ rows, seed, client }: Omit<CrmExportOptions, 'illegalIds'> & { client: string }) {
  for (let row = 0; row < rows; row += 1) {
    const draw = drawsFor(seed + 1, row);
    if (draw() > 0.6) continue;
    const attributes = { loyaltyTier: pick(TIERS, draw), lastVisit: dateAround(draw), consent: 'granted' };
    yield `${JSON.stringify({ client, thirdPartyId: crmId(row, seed, false), attributes })}\n`;
  }
}

/** Eight digits that do not betray their order: multiplying by a number coprime to 10^8 never repeats. */
function crmId(row: number, seed: number, illegal: boolean): string {
  const digits = Number((BigInt(row + 1) * 48_271_829n + BigInt(seed) * 7_919n) % 100_000_000n);
  const padded = String(digits).padStart(8, '0');
  return illegal ? `C-${padded.slice(0, 6)}/${padded.slice(6)}` : `C-${padded}`;
}

function crmValues(draw: () => number): CrmRecord['values'] {
  const present = (share: number, value: string) => (draw() < share ? value : undefined);
  return {
    salutationName: present(0.9, pick(NAMES, draw)),
    city: present(0.92, pick(CITIES, draw)),
    loyaltyTier: present(0.85, pick(TIERS, draw)),
    loyaltyPoints: present(0.8, String(Math.floor(draw() ** 3 * 20_000))),
    preferredStore: present(0.6, pick(STORES, draw)),
    lastCategory: present(0.75, pick(CATEGORIES, draw)),
    lastOrderDate: present(0.7, dateAround(draw)),
    newsletter: present(0.95, draw() < 0.4 ? 'true' : 'false'),
    note: present(0.15, pick(NOTES, draw)),
  };
}

/** Quoted where RFC 4180 asks for it. */
export function csvCell(value: string | undefined): string {
  if (value === undefined) return '';
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const pick = <Item>(items: readonly Item[], draw: () => number): Item =>
  items[Math.floor(draw() * items.length)] as Item;

function dateAround(draw: () => number): string {
  const day = Math.floor(draw() * 700);
  return new Date(Date.UTC(2024, 0, 1) + day * DAY_MS).toISOString().slice(0, 10);
}

/** One stream for each row, so that a row does not depend on how many values the rows before it drew. */
function drawsFor(seed: number, row: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(row + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NOTHING = Object.fromEntries(CRM_COLUMNS.map((column) => [column, undefined])) as CrmRecord['values'];

const TIERS = ['bronze', 'silver', 'gold', 'platinum'];

// Names, towns and remarks are made up or far too common to mean anybody.
const NAMES = listed(`
  Ms Example · Mr Muster · Zoë Beispiel · José Ejemplo · François Exemple · Åse Eksempel · Łukasz Przykład · Şirin Örnek ·
  Σοφία Παράδειγμα · Пример Примеров · 例 太郎 · 山田 花子 · 홍길동 · 王小明 · O'Sample · Smith, Pat · Fr. Müller-Beispiel`);
const CITIES = listed(`
  Zürich · São Paulo · Kraków · Malmö · Reykjavík · Αθήνα · Київ · 東京 · 서울 · 上海 · Washington, D.C. · London · Nîmes · Izmir`);
const STORES = listed(`
  Hauptstraße 1 · Rue de l’Église, 12 · 銀座店 · Mall & More · Outlet +1 · Store #7 · North/South Arcade`);
const CATEGORIES = listed(`
  shoes · home & garden · kids|toys · jewellery · 本・雑誌 · électronique · 100% cotton · w10|w32`);
const NOTES = listed(`
  prefers "click & collect" · called twice, wants a reply by post · size 9, wide fit · returns: 3, refunds: 2 ·
  100% satisfied · null · likes ☕ and 🐈 · asks for "the usual", every May`);

function listed(text: string): readonly string[] {
  return text.trim().split(/\s*·\s*/);
}
