/** The goal figures: ratios within one run, each against something measured beside it. */

export interface Goal {
  readonly what: string;
  readonly bound: number;
  readonly better: 'lower' | 'higher';
  /** Behind the figure: `x` for ratios. */
  readonly unit: 'x' | 'MiB' | 'B' | 'ms';
}

const atMost = (bound: number, unit: Goal['unit'], what: string): Goal => ({ what, bound, better: 'lower', unit });
const atLeast = (bound: number, unit: Goal['unit'], what: string): Goal => ({ what, bound, better: 'higher', unit });

export const GOALS = {
  insert: atMost(1.5, 'x', 'v2 batch into an empty file store / sqlite3 .import into a keyed table'),
  updateV2: atMost(1.15, 'x', 'v2 batch onto as many profiles / staged UPDATE..FROM in the shell'),
  updateV1: atMost(1.15, 'x', 'v1 batch onto as many profiles / staged UPDATE..FROM in the shell'),
  updateLarge: atMost(0.95, 'x', 'v2 batch onto ten times as many profiles / the same in the shell'),
  growth: atMost(2.2, 'x', 'onto ten times as many profiles / onto as many as rows'),
  peakMemory: atMost(220, 'MiB', 'server peak memory while taking a full batch, any store size'),
  databaseSize: atMost(1.7, 'x', 'database after an insert, without spool / batch file'),
  rowHeap: atMost(1_800, 'B', 'V8 heap allocated for each row of an insert'),
  bodyCopies: atMost(9, 'x', 'bytes the server reads and writes for each byte of a body, insert'),
  profileBytes: atMost(153, 'B', 'database for each profile after an insert, 90 bytes of row'),
  fetchWhile: atMost(10, 'ms', 'fetch p99 while a batch is applied, 200 requests/s'),
  statusWhile: atMost(10, 'ms', 'status p99 while a batch is applied, 200 requests/s'),
  tinyWhile: atMost(120, 'ms', '2-row batch of another client to complete meanwhile, p99'),
  tinyMemory: atLeast(0.35, 'x', 'tiny submissions, memory store / raw node:http, 16 connections'),
  tinyFile: atLeast(0.2, 'x', 'tiny submissions, file store / raw node:http, 16 connections'),
  status: atLeast(0.6, 'x', 'status out of a large store / raw static GET, 16 connections'),
  fetch: atLeast(0.4, 'x', 'fetch out of a large store / raw static GET, 16 connections'),
  startMemory: atMost(2.2, 'x', 'process start to first 200, --memory / node -e 0'),
  startFile: atMost(2.2, 'x', 'process start to first 200, data directory / node -e 0'),
  startTlsUnused: atMost(1.05, 'x', 'process start to first 200, --tls-port that nobody uses / without'),
  startInProcess: atMost(15, 'ms', 'startEmulator() to ready, after the first'),
  uploader: atMost(1.3, 'x', 'uploader, CSV to complete / raw POST of the encoded file'),
  uploaderMemory: atMost(150, 'MiB', 'uploader peak memory'),
  proxied: atMost(1.5, 'x', 'uploader, gzip CSV by proxy and TLS to complete / curl with the same encoded parts'),
  proxiedMemory: atMost(150, 'MiB', 'uploader peak memory, gzip CSV of two parts by proxy and TLS'),
  parserCsvParse: atLeast(6, 'x', 'parser / csv-parse, same cells decoded'),
  parserPapaparse: atLeast(1.7, 'x', 'parser / papaparse, same cells decoded'),
  peersStart: atMost(1, 'x', 'process start to first 200 / the quickest Node peer'),
  peersTiny: atLeast(1, 'x', 'tiny submissions / the quickest Node peer, 16 connections'),
  consoleServer: atMost(
    1.03,
    'x',
    'server processor time for a full batch and what a watching page asks / for the batch',
  ),
  consoleFrame: atMost(8, 'ms', 'processor time of that page in a frame, median'),
  consolePaint: atMost(200, 'ms', 'first paint of the console'),
} as const satisfies Record<string, Goal>;

export type GoalName = keyof typeof GOALS;

export function isMet({ better, bound }: Goal, figure: number): boolean {
  return better === 'lower' ? figure <= bound : figure >= bound;
}
