/** Watchers: told what changed, at most once a beat, never more than they can take, and nothing while nobody watches. */
import { describe, expect, it } from 'vitest';
import { WATCHERS_MAX, watchersOf } from '../../../../src/server/console/watchers.ts';

/** A beat by hand. */
function byHand() {
  let beat: (() => void) | undefined;
  let asked = 0;
  const watchers = watchersOf({
    every(_, given) {
      beat = given;
      return () => (beat = undefined);
    },
    progress: () => (asked += 1),
  });
  return { watchers, beat: () => beat?.(), isBeating: () => beat !== undefined, asked: () => asked };
}

function reading(stream: ReadableStream<Uint8Array> | undefined) {
  const reader = stream!.getReader();
  const next = async () => {
    const { value } = await reader.read();
    return value === undefined ? undefined : new TextDecoder().decode(value);
  };
  return { next };
}

describe('watchers', () => {
  it('beat only while somebody watches', () => {
    const { watchers, isBeating } = byHand();
    watchers.changed('state');
    expect(isBeating()).toBe(false);
    const [one, two] = [new AbortController(), new AbortController()];
    watchers.watch(one.signal);
    watchers.watch(two.signal);
    one.abort();
    expect(isBeating()).toBe(true);
    two.abort();
    expect(isBeating()).toBe(false);
  });

  it('are told once of what changed many times, and how far batches are only where those did', async () => {
    const { watchers, beat, asked } = byHand();
    const { next } = reading(watchers.watch(new AbortController().signal));
    expect(await next()).toContain('event: watching');
    for (let times = 0; times < 1_000; times += 1) watchers.changed('journal');
    beat();
    expect(await next()).toBe('event: changed\ndata: {"topics":["journal"]}\n\n');
    expect(asked()).toBe(0);
    watchers.changed('batches');
    watchers.changed('state');
    beat();
    expect(await next()).toBe('event: changed\ndata: {"topics":["batches","state"],"batches":1}\n\n');
  });

  it('that do not read hold up nobody, hold nothing up, and are told later what they missed', async () => {
    const { watchers, beat } = byHand();
    const slow = reading(watchers.watch(new AbortController().signal));
    const quick = reading(watchers.watch(new AbortController().signal));
    await quick.next();
    for (let times = 0; times < 50; times += 1) {
      watchers.changed(times % 2 === 0 ? 'journal' : 'state');
      beat();
      expect(await quick.next()).toContain('changed');
    }
    expect(await slow.next()).toContain('watching');
    beat();
    expect(await slow.next()).toContain('["journal","state"]');
  });

  it('hear now and then that the other side is there', async () => {
    const { watchers, beat } = byHand();
    const { next } = reading(watchers.watch(new AbortController().signal));
    await next();
    for (let times = 0; times < 60; times += 1) beat();
    expect(await next()).toBe(': still here\n\n');
  });

  it('are bounded, and one that leaves makes room for another', () => {
    const { watchers } = byHand();
    const first = new AbortController();
    watchers.watch(first.signal);
    for (let count = 1; count < WATCHERS_MAX; count += 1) watchers.watch(new AbortController().signal);
    expect(watchers.watch(new AbortController().signal)).toBe(undefined);
    first.abort();
    expect(watchers.watch(new AbortController().signal)).not.toBe(undefined);
  });

  it('are all let go at the end, and none comes after it', async () => {
    const { watchers, isBeating } = byHand();
    const { next } = reading(watchers.watch(new AbortController().signal));
    await next();
    watchers.end();
    watchers.end();
    expect([await next(), isBeating(), watchers.watch(new AbortController().signal)]).toEqual([
      undefined,
      false,
      undefined,
    ]);
  });

  it('are told of a comparison at each beat while there is one, and once more when it has ended', async () => {
    let beat = () => {};
    let comparison: object | undefined;
    const watchers = watchersOf({
      every(_, given) {
        beat = given;
        return () => {};
      },
      progress: () => 0,
      comparison: () => comparison,
    });
    const { next } = reading(watchers.watch(new AbortController().signal));
    await next();
    comparison = { rows: 1 };
    beat();
    expect(await next()).toBe('event: changed\ndata: {"topics":["comparison"],"comparison":{"rows":1}}\n\n');
    comparison = undefined;
    beat();
    expect(await next()).toBe('event: changed\ndata: {"topics":["comparison"]}\n\n');
  });
});
