/** A URL from the environment: only this machine, and reasons for what a foreign server cannot show. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { loopbackOrigin, loopbackTarget } from './runner/loopback-target.ts';
import { parseCase } from './runner/parse-case.ts';
import { runCase, skipReason } from './runner/run-case.ts';

describe('the URL', () => {
  it.each(['http://127.0.0.1:8181', 'http://127.1.2.3', 'http://[::1]:9/'])('%s is taken', (url) => {
    expect(loopbackOrigin(url).protocol).toBe('http:');
  });

  it.each([
    'https://127.0.0.1',
    'http://demo.tt.omtrdc.net',
    'http://127.0.0.1.example.com',
    'http://localhost:8181',
    'http://127.0.0.1@example.com/',
    'http://user@127.0.0.1/',
    'http://10.0.0.1',
    '127.0.0.1:8181',
    '',
  ])('%j is refused before anything is sent', async (url) => {
    expect(() => loopbackOrigin(url)).toThrow('loopback');
    await expect(loopbackTarget(url)).rejects.toThrow('loopback');
  });
});

describe('a server without a control API', () => {
  const refusal =
    '<response><success>false</success><batchStatus></batchStatus><message>Batch is empty</message></response>';
  const head = '# T\n\nProse.\n\nrules: err-batch-missing\n';
  const post = 'POST /m2/demo/profile/batchUpdate\n  |batch=\n';

  it('is compared by its replies, and skipped with a reason where it would have to be prepared', async () => {
    const server = createServer((incoming, outgoing) => {
      outgoing.statusCode = incoming.url?.startsWith('/m2/') ? 200 : 404;
      outgoing.end(incoming.url?.startsWith('/m2/') ? refusal : '');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const target = await loopbackTarget(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const good = parseCase('good.txt', `${head}${post}  => 200\n  => |${refusal}\nprofile pcId 1: none\n`);
      expect(skipReason(good, target)).toBeUndefined();
      const { failures, compared, leftOut } = await runCase(good, target);
      expect(failures).toEqual([]);
      expect(compared).toBe(2);
      expect(leftOut).toEqual(['it has no control API']);

      const bad = parseCase('bad.txt', `${head}${post}  => 413\n`);
      expect((await runCase(bad, target)).failures).toEqual([expect.stringContaining('bad.txt:6: status')]);

      const reasonFor = (text: string) => skipReason(parseCase('x.txt', text), target);
      expect(reasonFor(`${head}seed pcId 1\n${post}  => 200\n`)).toBe('it has no control API');
      expect(reasonFor(`${head}advance 1 s\n${post}  => 200\n`)).toBe('its clock cannot be moved');
      expect(reasonFor(`${head}options: pace=manual\n${post}  => 200\n`)).toBe('it was started without pace=manual');
      expect(reasonFor(`${head}settings: body=form\n${post}  => 200\n`)).toBe('it has no control API');
      expect(reasonFor(`${head}${post}profile pcId 1: none\n`)).toContain('it has no control API');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
