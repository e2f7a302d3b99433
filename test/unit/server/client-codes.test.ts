import { expect, it } from 'vitest';
import { clientCodes } from '../../../src/server/client-codes.ts';
import { ourClientCode } from '../../../src/protocol/rules/index.ts';

it('every code is legal, another one, and the same for the same seed', () => {
  const [codes, again, other] = [clientCodes(1, () => false), clientCodes(1, () => false), clientCodes(2, () => false)];
  const drawn = Array.from({ length: 1_000 }, () => codes.next());
  expect(new Set(drawn).size).toBe(1_000);
  for (const code of drawn) expect(ourClientCode.decide(code)).toBe(code);
  expect(Array.from({ length: 1_000 }, () => again.next())).toEqual(drawn);
  expect(Array.from({ length: 1_000 }, () => other.next())).not.toEqual(drawn);
});

it('a code in use is passed over', () => {
  const [first, second] = [clientCodes(1, () => false), clientCodes(1, (code) => code.startsWith('t1-'))];
  first.next();
  expect(second.next()).toBe(first.next());
});

it('is known to be handed out from then on, and no other is', () => {
  const codes = clientCodes(1, () => false);
  const [ahead] = [clientCodes(1, () => false).next()];
  expect(codes.isHandedOut(ahead)).toBe(false);
  expect(codes.next()).toBe(ahead);
  expect(codes.isHandedOut(ahead)).toBe(true);
  for (const code of ['demo', 't1-', 't1-000000', `x${ahead}`, `${ahead}0`, 't0-000000', 't99999999999999999-a']) {
    expect(codes.isHandedOut(code)).toBe(false);
  }
});
