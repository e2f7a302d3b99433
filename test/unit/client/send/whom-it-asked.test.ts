/** What is said of a call without an answer is said of the machine that did not answer: the service, or the proxy before it. */
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createUploader, type Transport } from '../../../../src/client/index.ts';
import { source } from '../support.ts';

const upload = async (options: object) => {
  const uploader = createUploader({ client: 'acme', endpoint: 'http://127.0.0.1:9', outageMax: 0, ...options });
  const result = await uploader.upload(source('thirdPartyId,a\n1,x\n'));
  return result.kind === 'report' ? result.error?.message : undefined;
};
const failing =
  (error: object): Transport =>
  async () => {
    throw Object.assign(new Error('fetch failed', { cause: Object.assign(new Error('no answer'), error) }));
  };

it('a proxy that nobody runs is not taken for the emulator', async () => {
  const emulator = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void emulator.close());
  await new Promise((resolve) => emulator.once('listening', resolve));
  const { port } = emulator.address() as { port: number };
  const options = { endpoint: `http://127.0.0.1:${port}`, proxy: 'http://127.0.0.1:1' };
  expect(await upload(options)).toBe('No answer: connect ECONNREFUSED 127.0.0.1:1.');
});

it.each([
  ['http://localhost:9', 9],
  ['http://localhost', 80],
  ['https://localhost', 443],
])('%s where nothing listens is the emulator, by whichever port is meant', async (endpoint, port) => {
  const transport = failing({ code: 'ECONNREFUSED', port });
  expect(await upload({ endpoint, transport })).toMatch(
    /^No answer: nothing listens at localhost.*Is tpe serve running/,
  );
});

it('a name that nobody has is the one that was looked for', async () => {
  const transport = failing({ code: 'ENOTFOUND', hostname: 'proxy.corp' });
  const proxied = await upload({ endpoint: 'http://emulator.corp', transport });
  expect(proxied).toBe('No answer: no host is called proxy.corp (ENOTFOUND).');
  const unnamed = await upload({ endpoint: 'http://emulator.corp', transport: failing({ code: 'ENOTFOUND' }) });
  expect(unnamed).toBe('No answer: no host is called emulator.corp (ENOTFOUND).');
});

it('whatever was thrown is told in words: no error, one without a message, or a long one', async () => {
  const endpoint = 'http://emulator.corp';
  const thrown =
    (value: unknown): Transport =>
    async () =>
      Promise.reject(value);
  expect(await upload({ endpoint, transport: thrown('the line is dead') })).toBe('No answer: the line is dead.');
  expect(await upload({ endpoint, transport: thrown(new TypeError()) })).toBe('No answer: TypeError.');
  const both = new AggregateError([]);
  expect(await upload({ endpoint, transport: thrown(Object.assign(both, { code: 'ETIMEDOUT' })) })).toBe(
    'No answer: ETIMEDOUT.',
  );
  expect(await upload({ endpoint, transport: thrown(new Error('x'.repeat(600))) })).toBe(
    `No answer: ${'x'.repeat(500)}….`,
  );
});
