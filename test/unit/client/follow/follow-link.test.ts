import { describe, expect, it } from 'vitest';
import { followLink, type FollowOptions } from '../../../../src/client/index.ts';
import { complete, ENDPOINT, fakeClock, fakeTransport, link, middling } from '../support.ts';

function setUp(answers: readonly { readonly status?: number; readonly text?: string }[], options: FollowOptions = {}) {
  const clock = fakeClock();
  const transport = fakeTransport(clock, (_, index) => answers[Math.min(index, answers.length - 1)]!);
  const follow = (url = link('b')) => followLink(url, { clock, transport, random: middling, ...options });
  return { follow, transport, clock };
}

describe('followLink', () => {
  it('asks until the batch is complete', async () => {
    const { follow } = setUp([{ text: complete(5, 0, 0, 0, 'incomplete') }, { text: complete(5, 2, 3) }]);
    expect(await follow()).toMatchObject({
      kind: 'complete',
      polls: 2,
      reading: { batchSize: 5, successfulUpdates: 2, profilesNotFound: 3, failedUpdates: 0 },
    });
  });

  it('asks once when not told to wait', async () => {
    const { follow, clock } = setUp([{ text: complete(5, 0, 0, 0, 'incomplete') }], { wait: false });
    expect(await follow()).toMatchObject({ kind: 'asked-once', polls: 1, reading: { status: 'incomplete' } });
    expect(clock.now()).toBe(0);
  });

  it('our-unknown-batch: believes a 404 only after ten of them', async () => {
    const answers = [{ status: 404 }, { status: 404 }, { text: complete(1, 1) }];
    expect(await setUp(answers).follow()).toMatchObject({ kind: 'complete', polls: 3 });
    expect(await setUp([{ status: 404 }]).follow()).toMatchObject({
      kind: 'timed-out',
      polls: 10,
      error: { code: 'refused', status: 404 },
    });
  });

  it('our-unknown-batch: gives a 404 on this machine 20 seconds to pass, however often it asks there', async () => {
    const { follow, clock } = setUp([{ status: 404 }]);
    await follow();
    expect(clock.now()).toBeGreaterThan(20_000);
  });

  it('ends where its clock is closed, and does not ask without a pause', async () => {
    const { follow, transport } = setUp([{ text: complete(5, 0, 0, 0, 'incomplete') }], {
      clock: { now: () => 0, sleep: () => Promise.reject(new Error('closed')) },
    });
    expect(await follow()).toMatchObject({ kind: 'interrupted' });
    expect(transport.sent.length).toBeLessThan(2);
  });

  it('takes a deadline of now or never, an endpoint as a URL, and no signal', async () => {
    const odd = { deadlineMs: 0, callsPerMinute: Infinity, endpoint: new URL(ENDPOINT), signal: null } as never;
    expect(await setUp([{ text: complete(5, 5) }], odd).follow()).toMatchObject({ kind: 'complete' });
    const never = setUp([{ text: complete(5, 5) }], { deadlineMs: Infinity });
    expect(await never.follow()).toMatchObject({ kind: 'complete' });
  });

  it('asks a last time at the deadline', async () => {
    const { follow, clock } = setUp([{ text: complete(5, 1, 0, 0, 'incomplete') }], { deadlineMs: 5000 });
    expect(await follow()).toMatchObject({ kind: 'timed-out', reading: { successfulUpdates: 1 }, error: undefined });
    expect(clock.now()).toBe(5000);
  });

  it('err-rate-503: leaves the service alone for a minute', async () => {
    const { follow, transport } = setUp([{ status: 503 }, { text: complete(1, 1) }]);
    expect(await follow()).toMatchObject({ kind: 'complete' });
    expect(transport.sent[1]!.atMs - transport.sent[0]!.atMs).toBeGreaterThanOrEqual(60_000);
  });

  it('the deadline holds even where the service has closed its window', async () => {
    const { follow, clock, transport } = setUp([{ status: 503 }], { deadlineMs: 5000 });
    expect(await follow()).toMatchObject({ kind: 'timed-out', error: { code: 'rate-limited' } });
    expect(transport.sent).toHaveLength(1);
    expect(clock.now()).toBeLessThanOrEqual(5000);
  });

  it('gives no question more time than is left, but the last one ten seconds', async () => {
    const answer = [{ text: complete(5, 1, 0, 0, 'incomplete') }];
    const { follow, transport } = setUp(answer, { deadlineMs: 60_000 });
    await follow();
    for (const { init, atMs } of transport.sent) expect(init.timeoutMs).toBe(Math.max(10_000, 60_000 - atMs));
    const once = setUp(answer, { wait: false });
    await once.follow();
    expect(once.transport.sent[0]!.init.timeoutMs).toBeUndefined();
  });

  it('waits up to 24 hours for a real host and ten minutes for another', async () => {
    const answer = [{ text: complete(5, 0, 0, 0, 'incomplete') }];
    const real = setUp(answer);
    await real.follow('http://mboxedge45.tt.omtrdc.net/m2/a/profile/batchStatus?batchId=b');
    expect(real.clock.now()).toBe(24 * 3_600_000);
    const other = setUp(answer);
    await other.follow();
    expect(other.clock.now()).toBe(600_000);
  });

  it('refuses what is no link, and sends a token to trusted hosts only', async () => {
    const { follow, transport } = setUp([{ text: complete(1, 1) }], {
      endpoint: 'https://acme.tt.omtrdc.net',
      token: 't',
    });
    expect(await follow('https://evil.example/x')).toMatchObject({ kind: 'refused', error: { code: 'link-refused' } });
    expect(await follow('nonsense')).toMatchObject({ kind: 'refused' });
    expect(transport.sent).toEqual([]);
    await follow('http://mboxedge45.tt.omtrdc.net/x?batchId=b');
    await follow('https://mboxedge45.tt.omtrdc.net/x?batchId=b');
    expect(transport.sent.map((sent) => sent.init.headers['authorization'])).toEqual([undefined, 'Bearer t']);
  });

  it('rejects for an endpoint that is none', async () => {
    await expect(setUp([{}], { endpoint: 'nonsense' }).follow()).rejects.toThrow(
      expect.objectContaining({ code: 'options-invalid' }),
    );
  });

  it('rejects for a token that no header can carry, without repeating it', async () => {
    const { follow, transport } = setUp([{}], { token: 'sec\nret' });
    await expect(follow()).rejects.toThrow(/^Option token: [^\n]*$/);
    expect(transport.sent).toEqual([]);
  });

  it('ends with the signal', async () => {
    const abort = new AbortController();
    abort.abort();
    expect(await setUp([{}], { signal: abort.signal }).follow()).toMatchObject({ kind: 'interrupted' });
  });
});
