/**
 * `npm run mutants [-- NAME...]`: breaks one line at a time in a scratch copy of the repository, and asks the laws and
 * conformance cases whether they notice. Prints the score; exits 1 when a mutant survives.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, cwd, env, execPath, exit, stderr, stdout } from 'node:process';
import { MUTANTS } from './mutant-list.ts';
import type { Mutant } from './mutant-list.ts';

/** A mutant that makes the laws run for longer than this counts as noticed: it hangs what did not hang. */
const TIME_MAX_MS = 600_000;
/** Fewer tries than in CI: a mutant that needs a thousand to be noticed is worth knowing. */
const LAW_RUNS = '300';
/** What notices; deletion of a visitor is no call of the API, and rare among the laws' commands. */
const SUITES = ['test/property', 'test/conformance', 'test/unit/server/store/forget-visitor.test.ts'];
const COPIED = ['src', 'test', 'docs', 'scripts', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'README.md'];

const root = cwd();
const chosen = argv.slice(2);
const mutants = chosen.length === 0 ? MUTANTS : MUTANTS.filter(({ why }) => chosen.some((word) => why.includes(word)));
const misplaced = mutants.map(misplacement).filter((problem) => problem !== undefined);
if (misplaced.length > 0 || mutants.length === 0) {
  stderr.write(`mutants: nothing was run.\n${misplaced.join('\n') || 'No mutant has such a description.'}\n`);
  exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'mutants-'));
let survivors = 0;
try {
  for (const name of COPIED) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(scratch, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  // Without this, a suite that is red anyway would kill every mutant.
  if ((await verdict()) === 'killed') throw new Error('The laws do not hold without a mutant; mend that first.');
  for (const [index, mutant] of mutants.entries()) {
    const path = join(scratch, mutant.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      original.replace(mutant.find, () => mutant.replace),
    );
    const fate = await verdict();
    writeFileSync(path, original);
    if (fate === 'survived') survivors += 1;
    stdout.write(
      `${String(index + 1).padStart(2)}/${mutants.length} ${fate.padEnd(8)} ${mutant.file}: ${mutant.why}\n`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
stdout.write(`mutants: ${mutants.length - survivors} of ${mutants.length} killed\n`);
exit(survivors > 0 ? 1 : 0);

/** A replacement that finds nothing, or more than one place, would test nothing in particular. */
function misplacement({ file, find, replace }: Mutant): string | undefined {
  const places = readFileSync(join(root, file), 'utf8').split(find).length - 1;
  if (places === 1 && find !== replace) return undefined;
  return `${file}: ${JSON.stringify(find)} stands there ${places} times; it must be once, and be changed.`;
}

/** Stops at the first law or case that notices. The law that notices most is asked alone first: it answers in seconds. */
async function verdict(): Promise<'killed' | 'survived'> {
  const isNoticed = (await isRed(['test/property/model-equals-emulator'])) || (await isRed(SUITES));
  return isNoticed ? 'killed' : 'survived';
}

function isRed(filters: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const child = spawn(execPath, [vitest, 'run', '--bail', '1', '--reporter', 'dot', ...filters], {
      cwd: scratch,
      env: { ...env, TPE_LAW_RUNS: LAW_RUNS, TPE_SEED: env['TPE_SEED'] ?? '1' },
      stdio: 'ignore',
      timeout: TIME_MAX_MS,
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code !== 0));
  });
}
