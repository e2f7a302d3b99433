/**
 * `npm run bench`: measures the built package against floors of the same run, prints a table, and writes figures and
 * machine to bench/results/. `-- --quick` takes seconds, `-- --full` half an hour, `-- --only NAME` runs one section.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { inspect, parseArgs } from 'node:util';
import { benchContext, type BenchContext } from './context.ts';
import { GOALS, type GoalName } from './goals.ts';
import { loadNow, machine } from './machine.ts';
import { timed } from './measure.ts';
import { type Extent, PLANS } from './plan.ts';
import { type Population, population } from './population.ts';
import { ROLE_FLAG } from './roles/run-role.ts';
import { playRole } from './roles/roles.ts';
import { consolePage } from './sections/console-page.ts';
import { growth } from './sections/growth.ts';
import { hotPath } from './sections/hot-path.ts';
import { ingest } from './sections/ingest.ts';
import { parser } from './sections/parser.ts';
import { peers } from './sections/peers.ts';
import { proxiedUpload } from './sections/proxied-upload.ts';
import { start } from './sections/start.ts';
import { steady } from './sections/steady.ts';
import { tls } from './sections/tls.ts';
import { uploader } from './sections/uploader.ts';
import { whileIngesting } from './sections/while-ingesting.ts';
import { judgementTable } from './table.ts';

interface Surroundings {
  readonly hasShell: boolean;
  readonly store: Population;
  readonly results: string;
}

type Section = (context: BenchContext, surroundings: Surroundings) => Promise<object>;

const SECTIONS: Readonly<Record<string, Section>> = {
  start: (context) => start(context),
  parser: (context) => parser(context),
  ingest: (context, { hasShell }) => ingest(context, hasShell),
  'hot-path': (context) => hotPath(context),
  'while-ingesting': (context) => whileIngesting(context),
  uploader: async (context) => ({ ...(await uploader(context)), proxied: await proxiedUpload(context) }),
  growth: (context, { hasShell, store, results }) => growth(context, hasShell, store, `${results}/growth.svg`),
  steady: (context, { store }) => steady(context, store),
  tls: (context) => tls(context),
  peers: (context) => peers(context),
  console: (context) => consolePage(context),
};

/** Committed are the results of whole runs; others go beside them, where git does not look. */
const RESULTS = 'bench/results';

async function bench(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const extent: Extent = flags.quick ? 'quick' : flags.full ? 'full' : 'ordinary';
  const names = flags.only ?? Object.keys(SECTIONS);
  for (const name of names) {
    if (!(name in SECTIONS))
      throw new Error(`There is no section ${name}; there are ${Object.keys(SECTIONS).join(', ')}.`);
  }
  // With --json standard output holds the result and nothing else.
  const say = (line: string) => void (flags.json ? process.stderr : process.stdout).write(`${line}\n`);
  const plan = PLANS[extent];
  const isCommitted = extent !== 'quick' && flags.only === undefined;
  const results = isCommitted ? RESULTS : `${RESULTS}/local`;
  mkdirSync(results, { recursive: true });
  const context = benchContext(plan, say);
  process.once('SIGINT', () => {
    context.dispose();
    process.exit(130);
  });
  const loadBefore = loadNow();
  const here = machine();
  say(`${extent} run, about ${plan.minutes} minutes; ${here.cores} cores, Node ${here.node}, SQLite ${here.sqlite}`);
  const surroundings = { hasShell: here.sqliteShell !== undefined, store: population(context), results };
  try {
    const sections: Record<string, object> = {};
    const { seconds } = await timed(async () => {
      for (const name of names) {
        say(`${name}:`);
        try {
          sections[name] = await SECTIONS[name]!(context, surroundings);
        } catch (error) {
          // The others' figures are worth having all the same.
          sections[name] = { error: error instanceof Error ? error.message : String(error) };
          say(`  failed: ${inspect(error)}`);
          process.exitCode = 1;
        }
      }
    });
    const goals = (Object.keys(GOALS) as GoalName[]).flatMap((goal) => context.judgements.get(goal) ?? []);
    const load = { before: loadBefore, after: loadNow() };
    const result = { extent, machine: here, load, seconds: Math.round(seconds), goals, sections };
    const file = `${results}/${flags.only === undefined ? extent : flags.only.join('-')}.json`;
    writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    say(`\n${judgementTable(goals)}\n\n${Math.round(seconds)} s; written to ${file}`);
  } finally {
    context.dispose();
  }
}

if (process.argv[2] === ROLE_FLAG) await playRole(process.argv[3]!, process.argv[4]!);
else await bench();
