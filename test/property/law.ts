/** States a law and tries to break it: how often, from which seed, and under which readings is said here once. */
import { randomInt } from 'node:crypto';
import { env, stderr } from 'node:process';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { it } from 'vitest';
import type { Settings } from '../../src/protocol/vocabulary/index.ts';
import { SETTINGS_COVER, describeSettings } from '../../src/sim/index.ts';

/** Tries of each law. */
const RUNS = Number(env['TPE_LAW_RUNS'] ?? 1000);

/** Set TPE_SEED to replay; fast-check prints the path as well. */
const SEED = Number(env['TPE_SEED'] ?? randomInt(2 ** 31));

/** Far more than a law takes: a busy machine must not make it false. */
const TIME_MAX_MS = 300_000;

stderr.write(`laws: TPE_SEED=${SEED}\n`);

export interface LawOptions {
  readonly runs?: number;
}

export function law<Value>(
  title: string,
  values: Arbitrary<Value>,
  holds: (value: Value) => Promise<void> | void,
  options: LawOptions = {},
): void {
  it(title, { timeout: TIME_MAX_MS }, async () => {
    await check(values, holds, options.runs ?? RUNS);
  });
}

/** The same under every row of the covering array, so that no pair of readings is left to chance. */
export function lawUnderEveryReading<Value>(
  title: string,
  values: Arbitrary<Value>,
  holds: (value: Value, settings: Settings) => Promise<void> | void,
  options: LawOptions & { readonly where?: (settings: Settings) => boolean } = {},
): void {
  const readings = SETTINGS_COVER.filter(options.where ?? (() => true));
  it(title, { timeout: TIME_MAX_MS }, async () => {
    if (readings.length < 2) throw new Error('a law under every reading needs readings');
    for (const settings of readings) {
      const named = { settings, [fc.toStringMethod]: () => describeSettings(settings) };
      const runs = Math.ceil((options.runs ?? RUNS) / readings.length);
      await check(fc.tuple(fc.constant(named), values), ([, value]) => holds(value, settings), runs);
    }
  });
}

async function check<Value>(
  values: Arbitrary<Value>,
  holds: (value: Value) => Promise<void> | void,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(values, async (value) => {
    await holds(value);
  });
  await fc.assert(property, { numRuns, seed: SEED });
}
