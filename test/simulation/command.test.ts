/** The command: standard output holds what the seed determines, and nothing else. */
import { expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { replayCommand, simulationText } from '../../src/cli/commands/simulate.ts';
import { simulate } from '../../src/sim/simulation/simulate.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';
import { BROKEN_SERVERS } from './broken-servers.ts';

async function run(...args: readonly string[]) {
  const context = fakeContext();
  const code = await runCommandLine(['simulate', ...args], context);
  return { code, printed: context.printed(), complained: context.complained() };
}

it('prints the same for the same seed, and the time elsewhere', async () => {
  const one = await run('--seed', '3', '--steps', '30');
  expect(one).toMatchObject({ code: 0 });
  expect(one.printed).toContain('every check holds');
  expect(one.printed).not.toMatch(/\d s$/m);
  expect(one.complained).toMatch(/\d s$/m);
  expect((await run('--seed', '3', '--steps', '30')).printed).toBe(one.printed);
  expect((await run('--seed', '4', '--steps', '30')).printed).not.toBe(one.printed);
});

it('prints JSON where it is asked for', async () => {
  const { printed } = await run('--steps', '5', '--json');
  expect(JSON.parse(printed)).toMatchObject({ seed: 1, steps: 5, episodes: 1 });
});

it('tells of a failure with its seed, the command that replays it, and the steps it needs', async () => {
  const subject = { server: BROKEN_SERVERS['counts one too many'] };
  const result = await simulate({ seed: 1, steps: 100, subject, shrinkRunsMax: 20 });
  const replay = replayCommand(result.failure!);
  const text = simulationText(result, replay);
  expect(text).toContain(`reports-are-true with seed ${result.failure!.seed}`);
  expect(text).toContain(`replay    tpe simulate --seed ${result.failure!.seed} --steps ${result.failure!.steps}`);
  expect(text).toMatch(/^ {2}1\. /m);
});
