/** What the uploader of docker-compose.yml does, with the names of that file led here by curl: no container engine is needed. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { openEmulator } from './support.ts';

const hasCurl = spawnSync('curl', ['--version']).error === undefined;

it.skipIf(!hasCurl)(
  'the sample uploader of the compose file lands in the emulator by https, unmodified (needs curl)',
  async () => {
    const compose = parse(readFileSync('docker-compose.yml', 'utf8')) as {
      services: { uploader: { command: string[]; entrypoint: string[] } };
    };
    const { command, entrypoint } = compose.services.uploader;
    const emulator = await openEmulator({ tlsPort: 0, allowHost: ['emulator'] });
    const home = mkdtempSync(join(tmpdir(), 'tpe-compose-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const tlsPort = new URL(emulator.tlsUrl!).port;
    const leads = [`emulator:8181:127.0.0.1:${emulator.port}`, `demo.tt.omtrdc.net:443:127.0.0.1:${tlsPort}`];
    writeFileSync(join(home, '.curlrc'), leads.map((lead) => `connect-to = "${lead}"\n`).join(''));
    const script = command
      .join('')
      .replaceAll('$$', '$')
      .replaceAll('/samples/', `${resolve('samples')}/`);
    const [program, ...flags] = entrypoint as [string, ...string[]];
    const env = { PATH: process.env['PATH'], CURL_HOME: home, HOME: home, EMULATOR: 'http://emulator:8181' };
    const placed = script.replaceAll('/tmp/ca.pem', join(home, 'ca.pem'));
    const { stdout } = await promisify(execFile)(program, [...flags, placed], { env });
    expect(stdout).toContain('<success>true</success>');
    expect(emulator.batches('demo')).toMatchObject([{ batchSize: 4 }]);
  },
);
