/** Which Node is new enough, and that the package says the same. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NODE_VERSION_MIN, oldNode } from '../../../src/sqlite/node-version.ts';

it('is what engines says', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${NODE_VERSION_MIN}`);
});

it.each(['22.15.0', '22.15.0-nightly', '22.23.3', '23.0.0', '24.21.0', '100.1.0'])('%s is new enough', (version) => {
  expect(oldNode(version)).toBeUndefined();
});

it.each(['0.12.18', '18.20.8', '20.20.2', '22.0.0', '22.14.9'])(
  '%s is too old, and is told what is needed',
  (version) => {
    expect(oldNode(version)).toBe(
      `target-profile-emulator needs Node 22.15 or newer, and this is Node ${version}. Get one from https://nodejs.org/en/download.`,
    );
  },
);
