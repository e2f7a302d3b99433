/** Lifetimes. */
import { expect, test } from 'vitest';
import { life14d, ourLifetimeTouch } from '../../../../src/protocol/rules/lifetime.ts';

test('life-14d: after exactly its days a profile lives, a millisecond later it does not', () => {
  for (const profileLifetimeDays of [1, 14, 90]) {
    const lifetime = profileLifetimeDays * 24 * 60 * 60 * 1000;
    expect(life14d.decide(1000, 1000 + lifetime - 1, { profileLifetimeDays })).toBe(false);
    expect(life14d.decide(1000, 1000 + lifetime, { profileLifetimeDays })).toBe(false);
    expect(life14d.decide(1000, 1001 + lifetime, { profileLifetimeDays })).toBe(true);
  }
});

test('our-lifetime-touch: creation and visits always, writes by setting, reads never', () => {
  const activities = ['creation', 'visit', 'write', 'read'] as const;
  expect(activities.map((activity) => ourLifetimeTouch.decide(activity, 'any-write'))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(activities.map((activity) => ourLifetimeTouch.decide(activity, 'visits'))).toEqual([true, true, false, false]);
});
