import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileBodies, REUSED_BYTES_MIN } from '../../src/server/store/body-place.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'tpe-bodies-'))));
afterEach(() => rmSync(directory, { recursive: true }));

function written(name: string, byte: string, length: number): Buffer {
  const bytes = Buffer.alloc(length, byte);
  writeFileSync(join(directory, name), bytes);
  return bytes;
}

it('reads a body into the memory of one that was given back, and no byte of that one shows', () => {
  const bodies = fileBodies(directory);
  written('first', 'a', REUSED_BYTES_MIN + 1000);
  const shorter = written('second', 'b', REUSED_BYTES_MIN);
  const first = bodies.read('first')!;
  bodies.giveBack(first);
  const second = bodies.read('second')!;
  expect(second.buffer).toBe(first.buffer);
  expect(shorter.equals(second)).toBe(true);
});

it('leaves alone what was not given back', () => {
  const bodies = fileBodies(directory);
  const expected = written('held', 'a', REUSED_BYTES_MIN);
  written('other', 'b', REUSED_BYTES_MIN);
  written('small', 'c', 10);
  const held = bodies.read('held')!;
  bodies.giveBack(bodies.read('other')!);
  const again = bodies.read('other')!;
  const small = bodies.read('small')!;
  expect(expected.equals(held)).toBe(true);
  expect(new Set([held.buffer, again.buffer, small.buffer]).size).toBe(3);
  expect(Buffer.from(small).toString()).toBe('c'.repeat(10));
});

it('makes room for a body that is larger than what was given back', () => {
  const bodies = fileBodies(directory);
  written('small', 'a', REUSED_BYTES_MIN);
  const large = written('large', 'b', 3 * REUSED_BYTES_MIN + 1);
  bodies.giveBack(bodies.read('small')!);
  expect(large.equals(bodies.read('large')!)).toBe(true);
});

it('finds nothing where nothing is', () => {
  expect(fileBodies(directory).read('absent')).toBeUndefined();
});
