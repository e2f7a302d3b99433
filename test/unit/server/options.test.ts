/** The options: defaults, the strict preset, what is refused, and what a command line is told of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, STRICT_SETTINGS } from '../../../src/protocol/vocabulary/index.ts';
import {
  SERVE_OPTION_FIELDS,
  emulatorOptionsOf,
  optionValue,
  resolveOptions,
  serveOptionsSchema,
  settingsSchema,
} from '../../../src/server/options.ts';
import { VERSION } from '../../../src/server/version.ts';

describe('resolveOptions', () => {
  it('fills in every default', () => {
    expect(resolveOptions()).toEqual({
      host: '127.0.0.1',
      port: 0,
      allowHost: [],
      data: undefined,
      pace: 'immediate',
      queueBatchesMax: 10_000,
      seed: 1,
      clock: 'real',
      mode: 'lenient',
      settings: DEFAULT_SETTINGS,
    });
  });

  it('takes the strict preset, which an explicit field overrides, but one left undefined does not', () => {
    expect(resolveOptions({ mode: 'strict' }).settings).toEqual(STRICT_SETTINGS);
    expect(resolveOptions({ mode: 'strict', rateLimit: 'off', byteOrderMark: undefined }).settings).toEqual({
      ...STRICT_SETTINGS,
      rateLimit: 'off',
    });
  });

  it.each([
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ seed: 1.5 }, 'seed'],
    [{ pace: 'fast' }, 'pace'],
    [{ rejectionStatus: 500 }, 'rejectionStatus'],
    [{ profileLifetimeDays: 91 }, 'profileLifetimeDays'],
    [{ allowHost: [''] }, 'allowHost'],
    [{ colour: 'red' }, 'colour'],
  ])('refuses %j and names the field', (options, field) => {
    expect(() => resolveOptions(options as object)).toThrow(field);
  });
});

describe('the schema', () => {
  it('knows every setting, and no other', () => {
    expect(Object.keys(settingsSchema.shape).toSorted()).toEqual(Object.keys(DEFAULT_SETTINGS).toSorted());
    expect(settingsSchema.parse(DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS);
  });

  it('describes every field', () => {
    expect(SERVE_OPTION_FIELDS.length).toBeGreaterThan(20);
    for (const { name, description } of SERVE_OPTION_FIELDS)
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
  });

  it('gives a command line flags, environment names, kinds and defaults', () => {
    const field = (name: string) => SERVE_OPTION_FIELDS.find((candidate) => candidate.name === name);
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

describe('optionValue', () => {
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
      optionValue(
        SERVE_OPTION_FIELDS.find((field) => field.name === name)!,
        text,
      ),
    ).toEqual(value);
  });
});

describe('emulatorOptionsOf', () => {
  it('keeps the directory, unless memory is asked for', () => {
    expect(emulatorOptionsOf(serveOptionsSchema.parse({})).data).toBe('.tpe');
    expect(emulatorOptionsOf(serveOptionsSchema.parse({ memory: true })).data).toBeUndefined();
    expect(resolveOptions(emulatorOptionsOf(serveOptionsSchema.parse({ profiles: 'p.ndjson' })))).toMatchObject({
      port: 8181,
      pace: 'realistic',
    });
  });
});

it('the version is that of the package', () => {
  expect(VERSION).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});
