/** The bench works and prints its JSON. What it measures is judged by `npm run bench`, never here. */
import { expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

/** As many rows as the bench's table of goals. */
const GOALS_MIN = 20;

interface BenchResult {
  readonly extent: string;
  readonly machine: { readonly cores: number };
  readonly goals: readonly { readonly goal: string; readonly bound: string; readonly measured?: number }[];
  readonly sections: Readonly<Record<string, object>>;
}

it('measures something for every section in a quick run, and prints it as JSON', { timeout: 240_000 }, async () => {
  const { code, stdout, stderr } = await runCommand(process.execPath, [
    'scripts/run.js',
    'bench/main.ts',
    '--quick',
    '--json',
  ]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const result = JSON.parse(stdout) as BenchResult;
  expect(result.extent).toBe('quick');
  expect(result.machine.cores).toBeGreaterThan(0);
  expect(result.goals.length).toBeGreaterThanOrEqual(GOALS_MIN);
  for (const name of [
    'start',
    'parser',
    'ingest',
    'hot-path',
    'while-ingesting',
    'uploader',
    'growth',
    'steady',
    'tls',
    'peers',
  ]) {
    expect(Object.keys(result.sections[name] ?? {}), name).not.toHaveLength(0);
  }
  const measured = result.goals.filter((goal) => goal.measured !== undefined);
  expect(measured.length).toBeGreaterThan(GOALS_MIN / 2);
});

const bench = (...args: string[]) => runCommand(process.execPath, ['scripts/run.js', 'bench/main.ts', ...args]);

it('teaches its sections by --help, and measures nothing', async () => {
  const { code, stdout } = await bench('--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/--only NAME,….*\n[^]*^ {2}while-ingesting +\S/m);
});

it('measures the sections of a list and no other', { timeout: 120_000 }, async () => {
  const { code, stdout } = await bench('--quick', '--json', '--only', 'hot-path,parser');
  expect(code).toBe(0);
  expect(Object.keys((JSON.parse(stdout) as BenchResult).sections)).toEqual(['hot-path', 'parser']);
});

it.each([
  [['--only', 'nothing'], /^bench: There is no section nothing; there are start, .*\n$/],
  [['--only', 'parser,toString'], /^bench: There is no section toString; there are start, .*\n$/],
  [['--ony', 'parser'], /^bench: Unknown option '--ony'.*\n$/],
])('%j is refused in one line that says what there is', async (args, line) => {
  const { code, stderr } = await bench(...args);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(line) as string });
});
