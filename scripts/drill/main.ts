/** `npm run drill [-- --only NAME,… --seed N --amount N --hours N --seconds N --quick --json FILE]`: exit 1 when a promise broke. */
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { drillTable, type DrillReport, REPORT_FILE } from './report.ts';
import { DRILLS } from './drills.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    /** How much of each, in its own unit; `--hours` is the same word for those that count hours. */
    amount: { type: 'string' },
    hours: { type: 'string' },
    /** The longest that one of them may go on. */
    seconds: { type: 'string', default: '3600' },
    quick: { type: 'boolean', default: false },
    /** Where the figures are kept, by default in docs and only of a full run; those of drills that were not run stay. */
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values.list) {
  stdout.write('npm run drill -- [--only NAME,…] [--seed N] [--amount N | --hours N] [--seconds N] [--quick]\n\n');
  for (const { name, sentence, quick, full, unit } of DRILLS) {
    stdout.write(`  ${name.padEnd(14)} ${sentence} ${full} ${unit}, quick ${quick}.\n`);
  }
  exit(0);
}

const only = values.only?.split(',');
const unknown = only?.find((name) => !DRILLS.some((drill) => drill.name === name));
if (unknown !== undefined) fail(`there is no drill "${unknown}". Try: npm run drill -- --list`);
const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber('seed', values.seed);
const asked = values.amount ?? values.hours;
const secondsMax = wholeNumber('seconds', values.seconds);
const chosen = DRILLS.filter(({ name }) => only?.includes(name) ?? true);

const reports: DrillReport[] = [];
for (const drill of chosen) {
  const amount = asked === undefined ? drill[values.quick ? 'quick' : 'full'] : wholeNumber('amount', asked);
  stderr.write(`drill ${drill.name}: ${amount} ${drill.unit}, seed ${seed}\n`);
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const tell = (line: string) => void stderr.write(`drill ${drill.name}: ${line}\n`);
  const result = await drill
    .run({ seed, amount, tell, isOver: () => seconds() > secondsMax })
    // What it did not expect is a broken promise too, and the others are still run.
    .catch((error: unknown) => ({ figures: {}, failures: [String(error)] }));
  reports.push({ name: drill.name, seed, seconds: Math.round(seconds()), day: today(), ...result });
  for (const failure of result.failures.slice(0, 20)) tell(`BROKEN: ${failure}`);
}
const kept = values.json ?? (values.quick ? undefined : REPORT_FILE);
if (kept !== undefined) keep(kept, reports);
stdout.write(`\n${drillTable(reports)}\n`);
const broken = reports.filter(({ failures }) => failures.length > 0);
if (broken.length > 0) {
  const names = broken.map(({ name }) => name).join(',');
  stderr.write(`drill: promises broke. Again: npm run drill -- --only ${names} --seed ${seed}\n`);
  exit(1);
}
exit(0);

function keep(file: string, found: readonly DrillReport[]): void {
  const before = keptBefore(file).filter(({ name }) => !found.some((each) => each.name === name));
  const known = [...before, ...found];
  const inOrder = DRILLS.flatMap(({ name }) => known.filter((report) => report.name === name));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(inOrder, null, 2)}\n`);
}

function keptBefore(file: string): readonly DrillReport[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DrillReport[];
  } catch {
    return [];
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) fail(`--${name} "${text}" is no whole number`);
  return Number(text);
}

function fail(message: string): never {
  stderr.write(`drill: ${message}\n`);
  exit(2);
}
