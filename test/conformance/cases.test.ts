/** The API as documented: every case of `cases/` on every target there is. */
import { afterAll, describe, expect, it } from 'vitest';
import { emulatorTarget } from './runner/emulator-target.ts';
import { loopbackTarget } from './runner/loopback-target.ts';
import { modelTarget } from './runner/model-target.ts';
import { runCase, skipReason } from './runner/run-case.ts';
import { startEmulator } from '../../src/server/index.ts';
import { allCases } from './all-cases.ts';

const cases = allCases();

/** Our own server over a socket, and a server of this machine to try as well; see README.md beside this file. */
const running = await startEmulator({ pace: 'manual', seed: 1 });
const url = process.env['TPE_CONFORMANCE_URL'];
const targets = [
  emulatorTarget(),
  modelTarget(),
  await loopbackTarget(running.url, 'emulator over a socket'),
  ...(url === undefined ? [] : [await loopbackTarget(url)]),
];
afterAll(() => running.close());

it('there are cases, and no two of one title', () => {
  expect(cases.length).toBeGreaterThan(90);
  expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
});

describe.each(targets)('on $name', (target) => {
  for (const conformanceCase of cases) {
    const { rules, title } = conformanceCase;
    const reason = skipReason(conformanceCase, target);
    const suffix = reason === undefined ? '' : ` (skipped: ${reason})`;
    it.skipIf(reason !== undefined)(`${rules.join(' ')}: ${title}${suffix}`, async () => {
      const { failures, compared } = await runCase(conformanceCase, target);
      expect(failures.join('\n')).toBe('');
      expect(compared, 'a case that compares nothing shows nothing').toBeGreaterThan(0);
    });
  }
});
