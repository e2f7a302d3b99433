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

it('names its sections when it is asked for one that does not exist', async () => {
  const { code, stderr } = await runCommand(process.execPath, ['scripts/run.js', 'bench/main.ts', '--only', 'nothing']);
  expect(code).toBe(1);
  expect(stderr).toContain('while-ingesting');
});
