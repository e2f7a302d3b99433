/** The options: defaults, the strict preset, what is refused, and what a command line is told of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, STRICT_SETTINGS } from '../../../src/protocol/vocabulary/index.ts';
import { emulatorOptionsOf, resolveOptions, serveOptionsSchema, settingsSchema } from '../../../src/server/options.ts';
import { VERSION } from '../../../src/protocol/version.ts';

describe('resolveOptions', () => {
  it('fills in every default', () => {
    expect(resolveOptions()).toEqual({
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      allowHost: [],
      org: [],
      data: undefined,
      pace: 'immediate',
      queueBatchesMax: 10_000,
      seed: 1,
      clock: 'real',
      mode: 'lenient',
      journal: 'on',
      journalValues: false,
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
    [{ org: ['A@AdobeOrg'] }, 'org'],
    [{ org: ['A@AdobeOrg=a.b'] }, 'org'],
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
