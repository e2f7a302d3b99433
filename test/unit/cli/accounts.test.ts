/** Named accounts of `tpe.config.json`, and how a mistake in it is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccount } from '../../../src/cli/accounts.ts';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { withMappingFile } from '../../../src/cli/upload-fields.ts';
import { readConfig } from '../../../src/cli/config-file.ts';
import { fakeContext } from './fake-context.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function read(config: unknown, name = 'prod', variables: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(directory, 'tpe.config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  return readAccount(name, { ...fakeContext(variables), config: readConfig(join(directory, 'tpe.config.json')) });
}

const PROD = { endpoint: 'https://acme.tt.omtrdc.net', client: 'acme', production: true };

describe('an account', () => {
  it('gives what its file says, and nothing that it does not say', () => {
    expect(read({ accounts: { prod: PROD } })).toEqual({ options: PROD, token: undefined });
  });

  it('is read from a file of Windows too, which begins with a byte order mark, as is the file of --map', async () => {
    expect(read(`\uFEFF${JSON.stringify({ accounts: { prod: PROD } })}`).options).toEqual(PROD);
    const map = join(directory, 'map.json');
    writeFileSync(map, '\uFEFF{"drop":["email"]}');
    expect(await withMappingFile({ map })).toEqual({ drop: ['email'] });
  });

  it('takes its token from a variable, or from a program that no shell runs', () => {
    expect(read({ accounts: { prod: { ...PROD, tokenFrom: 'ACME' } } }, 'prod', { ACME: 's' }).token).toBe('s');
    const tokenCommand = [process.execPath, '-e', 'console.log("$HOME " + process.argv[1])', 'a b'];
    expect(read({ accounts: { prod: { ...PROD, tokenCommand } } }).token).toBe('$HOME a b');
  });

  it.each([
    [{ accounts: { prod: { ...PROD, tokenFrom: 'ACME' } } }, /ACME, which is not set/],
    [
      { accounts: { prod: { ...PROD, tokenCommand: ['/nowhere/x'] } } },
      /token command of account prod failed \(ENOENT\)/,
    ],
    [{ accounts: { prod: { ...PROD, token: 'tok-12345' } } }, /accounts\.prod\.token: a token never stands in a file/],
    [
      { accounts: { prod: { ...PROD, endpont: 'x' } } },
      /accounts\.prod\.endpont: There is no such field \(did you mean endpoint\?\)/,
    ],
    [{ accounts: { prod: { ...PROD, api: 'v3' } } }, /accounts\.prod\.api/],
    [{ accounts: { test: PROD } }, /no account "prod" .*known: test/],
    [{ account: {} }, /json: account: There is no such field \(did you mean accounts\?\)/],
    [
      { servr: {}, zzz: {} },
      /servr: There is no such field \(did you mean serve\?\); zzz: There is no such field \(known: accounts, serve, sources\)$/,
    ],
    [
      { accounts: { prod: { ...PROD, idColumn: 'x' } } },
      /idColumn: There is no such field \(known: endpoint, client, api, .*, proxy, ca, tokenFrom, tokenCommand\)$/,
    ],
    [{ serve: { prot: 1 } }, /serve\.prot: There is no such field \(did you mean port\?\)/],
    [
      { accounts: { prod: { ...PROD, api: 'v3' } }, serve: { pace: 'x' }, sources: [] },
      /accounts\.prod\.api: .*; serve\.pace: .*; sources: /,
    ],
    ['{', /tpe\.config\.json: /],
    ['[]', /json: .*expected object/],
  ])('of %j is refused in words', (config, message) => {
    expect(() => read(config)).toThrow(message);
    expect(() => read(config)).not.toThrow(/tok-12345/);
  });

  it('is not there without a file', () => {
    expect(() => readAccount('__proto__', { ...fakeContext(), directory })).toThrow('known: none');
  });

  it('counts for more than the environment and for less than a flag', async () => {
    writeFileSync(
      join(directory, 'tpe.config.json'),
      JSON.stringify({ accounts: { prod: { ...PROD, production: false } } }),
    );
    const variables = { TPE_ENDPOINT: 'http://127.0.0.1:1', TPE_DROP: 'x' };
    const context = { ...fakeContext(variables), directory };
    expect(await runCommandLine(['upload', 'x.csv', '--account', 'prod', '--api', 'v1'], context)).toBe(2);
    expect(context.complained()).toContain(
      'Next: tpe upload x.csv --endpoint http://127.0.0.1:8181 --client acme --api v1 --drop x --account prod\n',
    );
  });
});
