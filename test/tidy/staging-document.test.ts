/** docs/staging.md says what the tests run, and its compose file is one. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { serveOptionsSchema } from '../../src/server/options.ts';
import { serveSchema } from '../../src/cli/config-file.ts';
import { SERVE_FIELDS } from '../../src/cli/commands/serve.ts';

const text = readFileSync('docs/staging.md', 'utf8');
const clients = readFileSync('test/package/real-clients.test.ts', 'utf8');

it('claims as run the clients that the tests run, and every other line says that it is not', () => {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:Client|-)/.test(line));
  const isRun = (row: string) => /\| yes/.test(row);
  expect(rows.filter((row) => !isRun(row)).every((row) => row.includes('_not run by our tests_'))).toBe(true);
  const names = rows.filter(isRun).map((row) => /^\| ([^|]*?) *\|/.exec(row)![1]!);
  expect(names).toHaveLength([...clients.matchAll(/^ {2}\{ name: '/gm)].length);
  for (const name of names) expect(clients).toContain(/[A-Za-z]+/.exec(name)![0]);
});

it('has a compose file whose emulator starts with options that there are', () => {
  const block = /```yaml\n([^]*?)```/.exec(text)![1]!;
  const { services } = parse(block) as {
    services: { emulator: { command: string[]; networks: { default: { aliases: string[] } } } };
  };
  const [command, ...flags] = services.emulator.command;
  expect(command).toBe('serve');
  for (const flag of flags.filter((word) => word.startsWith('--'))) {
    expect(SERVE_FIELDS.map((field) => field.flag)).toContain(flag);
  }
  expect(serveOptionsSchema.safeParse({ host: '0.0.0.0', port: 80, tlsPort: 443, memory: true }).success).toBe(true);
  expect(services.emulator.networks.default.aliases).toContain('demo.tt.omtrdc.net');
});

it('has a config file that the command takes', () => {
  const block = /```json\n([^]*?)```/.exec(text)![1]!;
  const { serve } = JSON.parse(block) as { serve: object };
  expect(serveSchema.parse(serve)).toEqual(serve);
});
