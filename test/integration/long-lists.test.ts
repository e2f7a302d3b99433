/** Lists that are long: read in pages, sent in parts, and the same whatever their length. */
import { describe, expect, it } from 'vitest';
import { getJson, openEmulator, send, statusLinkIn } from './support.ts';

describe('client codes', () => {
  it('are listed page by page in the order of their first use, each once', async () => {
    const emulator = await openEmulator();
    const codes = Array.from({ length: 25 }, (_, index) => `c${(index * 7) % 25}`);
    for (const code of codes) await emulator.setPace(code, { kind: 'manual' });
    const seen: string[] = [];
    let next: string | null = '0';
    while (next !== null) {
      const page = (await getJson(`${emulator.url}/__emulator/clients?limit=10&cursor=${next}`)) as {
        clients: { client: string }[];
        next: string | null;
      };
      expect(page.clients.length).toBeLessThanOrEqual(10);
      seen.push(...page.clients.map(({ client }) => client));
      ({ next } = page);
    }
    expect(seen).toEqual(codes);
    expect(emulator.clients().map(({ client }) => client)).toEqual(codes);
  });
});

describe('a status that lists rows', () => {
  it.each([999, 1_000, 3_500])(
    'res-row-values-2017: has all %i of them in order, whole, and others are served meanwhile',
    async (rows) => {
      const emulator = await openEmulator({ statusShape: '2017' });
      const lines = Array.from({ length: rows }, (_, index) => `id-${index},x`);
      const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
        body: `batch=thirdPartyId,a\n${lines.join('\n')}`,
      });
      await emulator.drain();
      const [status, other] = await Promise.all([send(statusLinkIn(reply.text)), send(statusLinkIn(reply.text))]);
      const ids = [...status.text.matchAll(/<profile><id>id-(\d+)<\/id><status>success<\/status><\/profile>/g)];
      expect(ids.map(([, id]) => Number(id))).toEqual(lines.map((_, index) => index));
      expect(status.text).toMatch(/^<response><batchId>demo-[^]*<\/response>$/);
      expect(other.text).toBe(status.text);
      expect(status.headers['content-type']).toBe('text/xml;charset=UTF-8');
      // Through no socket as well.
      const asked = await emulator.app.request(statusLinkIn(reply.text));
      expect(await asked.text()).toBe(status.text);
    },
  );
});
