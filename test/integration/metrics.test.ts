/** `/__emulator/metrics`: what Prometheus is told, and who may ask. */
import { describe, expect, it } from 'vitest';
import { openEmulator, send } from './support.ts';

const TOKEN = 'correct-horse-battery';

describe('metrics', () => {
  it('count requests by operation, status and cause, faults by name, and what waits', async () => {
    const emulator = await openEmulator({ pace: 'manual' });
    const scrape = async () => (await send(`${emulator.url}/__emulator/metrics`)).text;
    expect(await scrape()).toContain('tpe_waiting_batches 0');
    const body = 'batch=pcId,a\n1,x';
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body });
    for (let call = 0; call < 2; call += 1) await send(`${emulator.url}/rest/v1/profiles/1?client=demo`);
    emulator.faults.set({ status: { code: 503, times: 1, on: ['fetch'] } });
    await send(`${emulator.url}/rest/v1/profiles/1?client=demo`);
    await send(`${emulator.url}/nothing/here`);
    const text = await scrape();
    for (const line of [
      'tpe_requests_total{operation="submit",status="200",cause=""} 1',
      'tpe_requests_total{operation="fetch",status="404",cause="rule/err-fetch-404-pc"} 2',
      'tpe_requests_total{operation="fetch",status="503",cause="fault/status"} 1',
      'tpe_requests_total{operation="none",status="404",cause=""} 1',
      'tpe_faults_total{fault="status"} 1',
      'tpe_waiting_batches 1',
      `tpe_waiting_bytes ${body.length}`,
      'tpe_up 1',
      'tpe_problem{part="journal"} 0',
      'tpe_clock_seconds 1767225600',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    // Names of client codes and ids are nobody's labels: there may be a million.
    expect(text).not.toContain('demo');
  });

  it('have the content type of a scrape, and are behind the door of the control API', async () => {
    const emulator = await openEmulator({ controlToken: TOKEN });
    const url = `${emulator.url}/__emulator/metrics`;
    expect((await send(url)).status).toBe(401);
    const reply = await send(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect([reply.status, reply.headers['content-type']]).toEqual([
      200,
      expect.stringMatching(/^text\/plain; version=/),
    ]);
    const foreign = await send(url, { headers: { authorization: `Bearer ${TOKEN}`, 'sec-fetch-site': 'cross-site' } });
    expect(foreign.status).toBe(403);
  });

  it('have no label that grows with what is sent', async () => {
    const emulator = await openEmulator();
    for (let call = 0; call < 20; call += 1) {
      await send(`${emulator.url}/rest/v1/profiles/${call}?client=c${call}`);
      await send(`${emulator.url}/${call}`);
    }
    const { text } = await send(`${emulator.url}/__emulator/metrics`);
    expect(text.split('\n').filter((line) => line.startsWith('tpe_requests_total{'))).toHaveLength(2);
  });
});
