/**
 * `npm run bench`: measures the built package against floors of the same run, prints a table, and writes figures and
 * machine to bench/results/. `-- --help` lists the sections, of which `-- --only NAME,…` runs some.
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

/** By name, each with what it measures. */
const SECTIONS: Readonly<Record<string, readonly [sentence: string, measure: Section]>> = {
  start: ['how long a start takes, as a command and in process', (context) => start(context)],
  parser: ['the batch grammar against CSV libraries on the same cells', (context) => parser(context)],
  ingest: ['full batches, from the first byte to complete', (context, { hasShell }) => ingest(context, hasShell)],
  'hot-path': ['what a row asks of heap, disk and database', (context) => hotPath(context)],
  'while-ingesting': ['latencies while batches are applied', (context) => whileIngesting(context)],
  uploader: [
    'the uploader as a command, beside a raw POST, and by proxy and TLS beside curl',
    async (context) => ({ ...(await uploader(context)), proxied: await proxiedUpload(context) }),
  ],
  growth: [
    'time and memory as the store grows',
    (context, { hasShell, store, results }) => growth(context, hasShell, store, `${results}/growth.svg`),
  ],
  steady: ['requests a second, beside a raw node:http server', (context, { store }) => steady(context, store)],
  tls: ['what TLS costs beside plain HTTP', (context) => tls(context)],
  peers: ['general mock servers under the same requests', (context) => peers(context)],
  console: ['what the console costs: server, page and first paint', (context) => consolePage(context)],
};

/** Committed are the results of whole runs; others go beside them, where git does not look. */
const RESULTS = 'bench/results';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What was asked for; a mistake in it ends the process with one line, help with a page. */
function asked() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const only = values.only?.flatMap((names) => names.split(','));
    const unknown = only?.find((name) => !Object.hasOwn(SECTIONS, name));
    if (unknown !== undefined)
      throw new Error(`There is no section ${unknown}; there are ${Object.keys(SECTIONS).join(', ')}.`);
    if (!values.help) return { ...values, only };
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  const sections = Object.entries(SECTIONS).map(([name, [sentence]]) => `  ${name.padEnd(16)} ${sentence}\n`);
  process.stdout.write(`npm run bench -- [--quick | --full] [--only NAME,…] [--json]

--quick takes about ${PLANS.quick.minutes} minutes, --full ${PLANS.full.minutes}, and without either ${PLANS.ordinary.minutes}.

Sections:
${sections.join('')}`);
  process.exit(0);
}

async function bench(): Promise<void> {
  const flags = asked();
  const extent: Extent = flags.quick ? 'quick' : flags.full ? 'full' : 'ordinary';
  const names = flags.only ?? Object.keys(SECTIONS);
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
          sections[name] = await SECTIONS[name]![1](context, surroundings);
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
