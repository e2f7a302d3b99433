/** An environment variable is there for every command, so it means one thing for all that look at it. */
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES } from '../../src/cli/command-line.ts';
import type { Run } from '../../src/cli/context.ts';

type Build = (run: (run: Run) => Promise<void>) => Command;
interface Use {
  readonly variable: string;
  readonly command: string;
  /** The form of its value and its sentence, without what holds when nothing is said. */
  readonly meaning: string;
}

/** Told in other words by different commands, and why they are one thing all the same. */
const ONE_THING: Readonly<Record<string, string>> = {
  TPE_ENDPOINT: 'the host that is trusted with the token: upload sends there, status follows links that lead there',
};

async function usesOf(name: string): Promise<readonly Use[]> {
  const module = (await import(`../../src/cli/commands/${name}.ts`)) as Record<string, Build>;
  const { options } = module[`${name}Command`]!(async () => undefined);
  return options.flatMap(({ flags, description }) => {
    const [, sentence = '', notes = ''] = /^([^]*?)(?: \(([^()]*)\))?$/.exec(description) ?? [];
    const [variable] = /TPE_\w+$/.exec(notes) ?? [];
    const shape = flags.replace('--no-', '--');
    return variable === undefined ? [] : [{ variable, command: name, meaning: `${shape}: ${sentence}` }];
  });
}

function differing(uses: readonly Use[]): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(Object.groupBy(uses, ({ variable }) => variable))
    .map(([variable, all]) => [variable, [...new Set(all!.map(({ meaning }) => meaning))]] as const)
    .filter(([variable, meanings]) => meanings.length > 1 && !(variable in ONE_THING));
}

const uses = (await Promise.all(COMMAND_NAMES.map(usesOf))).flat();

describe('the variables of the environment', () => {
  it('each mean one thing for all commands', () => {
    expect(differing(uses)).toEqual([]);
  });

  it('are there for more than one command, and for those that a place is set up for', () => {
    expect(uses.length).toBeGreaterThan(60);
    const of = (variable: string) => uses.filter((use) => use.variable === variable).map(({ command }) => command);
    expect(of('TPE_ILLEGAL_IDS')).toEqual(['serve', 'check', 'compare', 'exec']);
    expect(of('TPE_CLIENT')).toEqual(['upload', 'explain', 'sources']);
    expect(of('TPE_WAIT')).toEqual(['upload']);
    expect(of('TPE_PORT')).toEqual(['serve']);
    expect(of('TPE_DATA')).toEqual(['serve']);
  });

  it('would be seen to mean two things (canary)', () => {
    const other = { variable: 'TPE_PORT', command: 'fly', meaning: '--port <number>: Left or right.' };
    expect(differing([...uses, other])).toHaveLength(1);
  });
});
