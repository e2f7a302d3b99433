/** Draws the steps of an episode: few visitors and few names, so that they meet often, and faults, from none to many at once. */
import { rowText } from '../../protocol/attribute-file/dialect.ts';
import { type VisitorIdKind, SINGLE_UPDATES_PER_DAY } from '../../protocol/vocabulary/index.ts';
import { type Random, randomFor } from '../../server/runtime/random.ts';
import type { SourceView } from '../port.ts';
import type { EpisodeSettings, Step, UploadStep } from './step.ts';
import type { GivenFaults } from '../../server/index.ts';

export function drawSettings(seed: number): EpisodeSettings {
  const random = randomFor(seed, 'simulation', 'settings');
  return {
    pace: oneOf(random, ['immediate', 'realistic']),
    consecutiveV2: oneOf(random, ['replace-pending', 'last-write-wins', 'replace-record']),
    sliceRowsMax: oneOf(random, [2, 5, 5_000]),
    attributeRows: oneOf(random, ['fail-file', 'skip-row']),
    attributeFiles: oneOf(random, ['at-once', 'half-hourly']),
    attributesArrive: oneOf(random, ['at-once', 'after-20-minutes']),
  };
}

/** Each step is drawn from its own stream: the first 50 of 100 are the 50 of 50. */
export function drawSteps(seed: number, count: number): readonly Step[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomFor(seed, 'simulation', `step-${index}`);
    // The weather comes first, and changes now and then.
    const isWeather = index === 0 || random.next() < 0.06;
    return isWeather ? drawWeather(random) : drawStep(random, index, oneOf(random, CLIENTS));
  });
}

function drawStep(random: Random, index: number, client: string): Step {
  const chance = random.next();
  if (chance < 0.4) return drawUpload(random, index, client);
  if (chance < 0.6) {
    const who = random.next();
    const pcId = who < 0.6 ? oneOf(random, IDS.pcId) : undefined;
    const thirdPartyId = who > 0.3 ? oneOf(random, IDS.thirdPartyId) : undefined;
    const marketingCloudVisitorId = random.next() < 0.4 ? oneOf(random, ECIDS) : undefined;
    return { kind: 'visit', client, ids: { pcId, thirdPartyId, marketingCloudVisitorId } };
  }
  if (chance < 0.8) {
    const idKind = drawKind(random);
    const kind = random.next() < 0.6 ? 'update' : 'seed';
    const id = { kind: idKind, value: oneOf(random, IDS[idKind]) };
    const value = oneOf(random, VALUES.slice(1));
    return { kind, client, id, values: [{ name: oneOf(random, COLUMNS), value }] };
  }
  if (chance < 0.82) return { kind: 'drop', client };
  if (chance < 0.84) return { kind: 'source', client, source: drawSource(random) };
  if (chance >= 0.9) return { kind: 'wait', ms: oneOf(random, [1, 200, 3_000, 30_000, 200_000]) };
  const source = drawSource(random);
  return { kind: 'file', client, source, text: drawFile(random), visitor: oneOf(random, IDS.thirdPartyId) };
}

function drawUpload(random: Random, number: number, client: string): UploadStep {
  const idKind = drawKind(random);
  const columns = drawColumns(random);
  const rows = drawRows(random, () => [oneOf(random, IDS[idKind]), ...columns.map(() => oneOf(random, VALUES))]);
  const isInterrupted = random.next() < 0.15;
  const isKilled = random.next() < 0.15;
  const againAfterMs = oneOf(random, [0, 2_000, 100_000]);
  return {
    kind: 'upload',
    number,
    client,
    api: random.next() < 0.65 ? 'v2' : 'v1',
    idKind,
    columns,
    rows,
    partRowsMax: random.next() < 0.75 ? 1_000 : Math.max(mostOfOneId(rows), random.integer(3, ROWS_MAX)),
    deadlineMs: oneOf(random, [5_000, 60_000, 600_000]),
    // On the way there, within a call, between two, and while its end is waited for.
    interruption: isInterrupted
      ? { afterMs: random.integer(1, oneOf(random, [600, 5_000, 400_000])), againAfterMs }
      : undefined,
    // Of a job that is remembered, among calls that submit and calls that ask.
    kill: isKilled ? { atCall: random.integer(1, 5), isSent: random.next() < 0.7, againAfterMs } : undefined,
  };
}

const drawColumns = (random: Random) => COLUMNS.slice(0, random.integer(1, COLUMNS.length));

const drawRows = <Row>(random: Random, row: () => Row) => Array.from({ length: random.integer(1, ROWS_MAX) }, row);

function drawSource(random: Random): SourceView {
  const [alias, name] = oneOf(random, [
    ['crm', 'My CRM'],
    ['shop', 'shop'],
  ]);
  const subscribed = random.next() < 0.7 ? 'all' : ['tier', 'city'];
  return { alias, name, subscribed, active: random.next() < 0.9 };
}

/** Blank fields among the others, which remove; now and then a row, or the header row, breaks a rule. */
function drawFile(random: Random): string {
  const columns = random.next() < 0.7 ? COLUMNS : drawColumns(random);
  const rows = drawRows(random, () =>
    rowText([oneOf(random, IDS.thirdPartyId), ...columns.map(() => oneOf(random, VALUES))]),
  );
  if (random.next() < 0.3) rows.splice(random.integer(0, rows.length), 0, oneOf(random, BROKEN_ROWS));
  const header = random.next() < 0.05 ? 'customer_id,tier,a.b\n' : rowText(['customer_id', ...columns]);
  return header + rows.join('');
}

/** A visitor's rows stay together: a part must hold those of each. */
const mostOfOneId = (rows: readonly (readonly string[])[]): number =>
  Math.max(...rows.map(([id]) => rows.filter(([other]) => other === id).length));

function drawWeather(random: Random): Step {
  return {
    kind: 'weather',
    client: random.next() < 0.5 ? undefined : oneOf(random, CLIENTS),
    faults: drawFaults(random),
    networkTrouble: oneOf(random, [0, 0.1, 0.3]),
  };
}

export const CLIENTS = ['acme', 'globex', 'initech'];
const COLUMNS = ['tier', 'city', 'basket', 'größe'];
const VALUES = ['', 'gold', 'silver', 'x', 'a,b', 'say "hi"', 'Zürich 100 %', 'null', 'two words', '+1&2=3'];
export const ECIDS = ['e1', 'e2', 'p1'];
const IDS: Record<VisitorIdKind, readonly string[]> = {
  pcId: ['p1', 'p2', 'p3', 'p4', 'p5'],
  thirdPartyId: ['t1', 't2', 't3', 't4', 't5', 'tä', 't 7'],
};
const ROWS_MAX = 12;
const BROKEN_ROWS = ['t1\n', ',gold\n', 't1,"gold\n', 't2,go"ld\n', 't1,a,b,c,d,e\n'];

const drawKind = (random: Random): VisitorIdKind => (random.next() < 0.7 ? 'thirdPartyId' : 'pcId');

const oneOf = <Item>(random: Random, items: readonly Item[]): Item => items[random.integer(0, items.length - 1)]!;

export function drawFaults(random: Random): GivenFaults {
  const share = [0, 0.15, 0.4][random.integer(0, 2)]!;
  const drawn: [keyof GivenFaults, object][] = [];
  for (const [name, settings] of Object.entries(SETTINGS) as [keyof typeof SETTINGS, (random: Random) => object][]) {
    // Drawn for every fault alike, so that one more of them does not change the others.
    const isIn = random.next() < share;
    const given = { probability: [0.1, 0.3, 0.6][random.integer(0, 2)]!, ...settings(random) };
    if (isIn) drawn.push([name, given]);
  }
  return Object.fromEntries(drawn);
}

/** What waits on the clock leaves single updates alone: they are made by hand, between the steps. */
const WHILE_UPLOADING = ['submit', 'status'];

const SETTINGS: { readonly [Name in keyof GivenFaults]-?: (random: Random) => object } = {
  status: (random) => ({ code: [500, 502, 503, 404, 429][random.integer(0, 4)], times: random.integer(1, 8) }),
  callsPerMinute: (random) => ({ probability: 1, usedByOthers: random.integer(40, 49) }),
  refuse: () => ({ probability: 0.1 }),
  cutRequest: (random) => ({ afterBytes: random.integer(0, 60) }),
  stuck: (random) => ({ probability: 0.2, afterRows: random.integer(0, 6) }),
  slowIngestion: (random) => ({ rowsPerStep: random.integer(1, 3), everyMs: random.integer(0, 20_000) }),
  silentLoss: () => ({ share: 0.3 }),
  visibleLoss: () => ({ share: 0.3 }),
  commitThenCut: () => ({}),
  malformedXml: (random) => ({ how: random.next() < 0.5 ? 'truncated' : 'mismatched' }),
  latency: (random) => ({ on: WHILE_UPLOADING, ms: random.integer(1, 20_000), jitterMs: 500 }),
  cutReply: (random) => ({ afterBytes: random.integer(0, 80) }),
  drip: (random) => ({ on: WHILE_UPLOADING, bytes: random.integer(20, 200), everyMs: random.integer(1, 500) }),
  updatesPerDay: (random) => ({ probability: 1, usedByOthers: SINGLE_UPDATES_PER_DAY - random.integer(0, 2) }),
};
