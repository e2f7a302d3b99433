/** The options of tpe serve as flags and environment variables. */
import { describe, expect, it } from 'vitest';
import { SERVE_FIELDS } from '../../../src/cli/commands/serve.ts';
import { fieldValue } from '../../../src/cli/schema-fields.ts';

describe('the options of tpe serve', () => {
  it('describes every field', () => {
    expect(SERVE_FIELDS.length).toBeGreaterThan(20);
    for (const { name, description } of SERVE_FIELDS)
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
  });

  it('gives a command line flags, environment names, kinds and defaults', () => {
    const field = (name: string) => SERVE_FIELDS.find((candidate) => candidate.name === name);
    expect(field('port')).toMatchObject({ flag: '--port', env: 'TPE_PORT', kind: 'number', default: 8181 });
    expect(field('allowHost')).toMatchObject({
      flag: '--allow-host',
      env: 'TPE_ALLOW_HOST',
      kind: 'list',
      default: [],
    });
    expect(field('consecutiveV2')).toMatchObject({
      flag: '--consecutive-v2',
      env: 'TPE_CONSECUTIVE_V2',
      kind: 'choice',
      default: 'replace-pending',
    });
    expect(field('rejectionStatus')).toMatchObject({ kind: 'choice', choices: ['200', '400'], default: 200 });
    expect(field('memory')).toMatchObject({ flag: '--memory', kind: 'switch', default: false });
    expect(field('pace')).toMatchObject({ choices: ['immediate', 'realistic', 'manual'], default: 'realistic' });
    expect(field('profiles')).toMatchObject({ kind: 'text', default: undefined });
  });
});

describe('fieldValue', () => {
  it.each([
    ['port', '8181', 8181],
    ['port', 'many', 'many'],
    ['port', '', ''],
    ['rejectionStatus', '400', 400],
    ['allowHost', 'a, b,,c', ['a', 'b', 'c']],
    ['memory', '1', true],
    ['memory', 'false', false],
    ['memory', 'perhaps', 'perhaps'],
    ['statusShape', '2020', '2020'],
  ])('reads %s from %j', (name, text, value) => {
    expect(
      fieldValue(
        SERVE_FIELDS.find((field) => field.name === name)!,
        text,
      ),
    ).toEqual(value);
  });
});
