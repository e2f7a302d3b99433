/** What shells are told, as a shell understands it. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, runCommandLine } from '../../../src/cli/command-line.ts';
import { fakeContext } from './fake-context.ts';

async function script(shell: string): Promise<string> {
  const context = fakeContext();
  expect(await runCommandLine(['completions', shell], context)).toBe(0);
  return context.printed();
}

async function completed(words: readonly string[]): Promise<string[]> {
  const typed = words.map((word) => `'${word}'`).join(' ');
  const asked = `${await script('bash')}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _tpe; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', asked], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('the completions', () => {
  it('of bash are commands, flags of the command, and values of the flag', async () => {
    expect(await completed(['tpe', ''])).toEqual([...COMMAND_NAMES, '--help', '--version']);
    expect(await completed(['tpe', 'up'])).toEqual(['upload']);
    expect(await completed(['tpe', 'upload', '--res'])).toEqual(['--resume']);
    expect(await completed(['tpe', 'upload', '--api', ''])).toEqual(['v1', 'v2']);
    expect(await completed(['tpe', 'serve', '--pace', 'm'])).toEqual(['manual']);
    expect(await completed(['tpe', 'jobs', '--ke'])).toEqual(['--keep-days']);
  });

  it('of zsh are the same by its own means', async () => {
    expect(await script('zsh')).toBe(`autoload -U +X bashcompinit && bashcompinit\n${await script('bash')}`);
  });

  it('of fish name every command and flag, quoted', async () => {
    const lines = (await script('fish')).trimEnd().split('\n');
    for (const name of COMMAND_NAMES) expect(lines.some((line) => line.includes(` -a ${name} -d '`))).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/from upload' -l api -x -a 'v1 v2' -d '/));
    for (const line of lines) expect(line.replaceAll(/\\./g, '').split("'").length % 2).toBe(1);
  });

  it('of another shell are not made up', async () => {
    const context = fakeContext();
    expect(await runCommandLine(['completions', 'powershell'], context)).toBe(2);
    expect(context.complained()).toContain('bash, zsh, fish');
  });
});
