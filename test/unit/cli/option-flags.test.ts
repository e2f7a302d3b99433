/** Flags, environment and schema say one thing. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readEnvironment } from '../../../src/cli/environment.ts';
import { SERVE_FIELDS } from '../../../src/cli/commands/serve.ts';
import { UPLOAD_FIELDS } from '../../../src/cli/upload-fields.ts';
import { addOptionFields, checkedOptions, fieldsOf, flagSyntax, givenOptions } from '../../../src/cli/schema-fields.ts';

const schema = z.strictObject({
  port: z.int().min(0).max(65_535).default(8181).describe('Port.'),
  allowHosts: z.array(z.string()).default([]).describe('Hosts.'),
  pace: z.enum(['slow', 'quick']).default('slow').describe('Pace.'),
  status: z.literal([200, 400]).default(200).describe('Status.'),
  rename: z.record(z.string(), z.string()).default({}).describe('Names.'),
  memory: z.boolean().default(false).describe('Memory.'),
  wait: z.boolean().default(true).describe('Wait.'),
  endpoint: z.string().describe('Where.'),
});
const FIELDS = fieldsOf(schema, (name) => name !== 'memory');

function parse(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const command = addOptionFields(new Command('x').exitOverride(), FIELDS);
  command.parse([...args], { from: 'user' });
  return checkedOptions(schema, FIELDS, givenOptions(command, FIELDS, readEnvironment(variables)), 'tpe x');
}

describe('options', () => {
  it('have flags and environment names derived from their schema', () => {
    const shown = FIELDS.map((field) => [flagSyntax(field), field.env]);
    expect(shown).toEqual([
      ['--port <number>', 'TPE_PORT'],
      ['--allow-hosts <list>', 'TPE_ALLOW_HOSTS'],
      ['--pace <slow|quick>', 'TPE_PACE'],
      ['--status <200|400>', 'TPE_STATUS'],
      ['--rename <from=to,...>', 'TPE_RENAME'],
      ['--memory', undefined],
      ['--no-wait', 'TPE_WAIT'],
      ['--endpoint <text>', 'TPE_ENDPOINT'],
    ]);
  });

  it('take the schema’s defaults', () => {
    expect(parse(['--endpoint', 'e'])).toEqual({
      port: 8181,
      allowHosts: [],
      pace: 'slow',
      status: 200,
      rename: {},
      memory: false,
      wait: true,
      endpoint: 'e',
    });
  });

  it('read numbers, lists, pairs and switches from flags', () => {
    const args = '--endpoint e --port 9 --allow-hosts a,b --allow-hosts c --rename x=y,p=q --memory --no-wait';
    expect(parse(args.split(' '))).toMatchObject({
      port: 9,
      allowHosts: ['a', 'b', 'c'],
      rename: { x: 'y', p: 'q' },
      memory: true,
      wait: false,
    });
  });

  it('read the same from the environment, and let the flag win', () => {
    const variables = { TPE_ENDPOINT: 'e', TPE_PORT: '9', TPE_ALLOW_HOSTS: 'a,b', TPE_MEMORY: '1', TPE_WAIT: 'false' };
    expect(parse([], variables)).toMatchObject({ port: 9, allowHosts: ['a', 'b'], memory: false, wait: false });
    expect(parse(['--port', '10'], variables).port).toBe(10);
  });

  it('take numbers among their choices as numbers', () => {
    expect(parse(['--endpoint', 'e', '--status', '400']).status).toBe(400);
  });

  it('name every wrong one as the user wrote it, and the command that explains', () => {
    expect(() => parse(['--port', 'abc', '--pace', 'x', '--rename', 'a'])).toThrow(
      expect.objectContaining({
        exitCode: 2,
        next: 'tpe x --help',
        message: expect.stringMatching(
          /--port \(or TPE_PORT\) "abc".*--pace \(or TPE_PACE\) "x".*--rename.*"a".*--endpoint <text> is missing/,
        ) as string,
      }),
    );
  });
});

describe('the real fields', () => {
  it.each([...SERVE_FIELDS, ...UPLOAD_FIELDS])(
    '$flag has a description, and a flag that commander reads back',
    (field) => {
      expect(field.description).not.toBe('');
      const option = addOptionFields(new Command('x'), [field]).options[0]!;
      expect(option.attributeName()).toBe(field.name);
    },
  );

  it('offer no flag and no plain option for the token', () => {
    expect(UPLOAD_FIELDS.map(({ name }) => name)).not.toContain('token');
  });
});
