/** `kill -9` while a file of customer attributes is judged or applied: afterwards it is applied once, and whole. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serve, stop, type ServedEmulator } from '../package/run-command.ts';

const tpe = resolve('dist/cli.js');
let directory: string;
let served: ServedEmulator;

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'tpe-kill-')), 'data');
  await start();
});
afterEach(async () => {
  await kill();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

const start = async () => {
  served = await serve(tpe, ['--data', directory, '--pace', 'immediate']);
};
const kill = () => stop(served, 'SIGKILL');

async function control<Answer>(path: string, method = 'GET', body?: object): Promise<Answer> {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return (await (await fetch(`${served.url}/__emulator/clients/demo/${path}`, init)).json()) as Answer;
}

interface FileView {
  readonly status: string;
  readonly rows: number;
  readonly appliedRows: number;
  readonly createdRecords: number;
}
const fileNow = async () => (await control<{ files: FileView[] }>('sources/crm/files?limit=1')).files[0];

it.each(['waiting', 'applying', 'applying'])(
  'killed while it is %s, a file is applied once and whole after the restart',
  async (status) => {
    const ROWS = 60_000;
    const rows = Array.from({ length: ROWS }, (_, row) => `C-${row},value ${row}`);
    await control('sources/crm', 'PUT', { password: 'x' });
    const content = Buffer.from(`id,a\n${rows.join('\n')}\n`).toString('base64');
    // Nobody is there to take the answer.
    const sent = control('sources/crm/files/crm.csv', 'PUT', { content }).catch(() => undefined);
    for (;;) {
      const file = await fileNow();
      if (file?.status === 'processed') break;
      if (file?.status === status && (status === 'waiting' || file.appliedRows > 0)) break;
    }
    await kill();
    await sent;
    await start();
    let file = await fileNow();
    while (file?.status !== 'processed') file = await fileNow();
    expect(file).toMatchObject({ rows: ROWS, appliedRows: ROWS, createdRecords: ROWS });
    for (const row of [0, 1, ROWS / 2, ROWS - 1]) {
      const { attributes } = await control<{ attributes: object }>(`sources/crm/records/C-${row}`);
      expect(attributes).toMatchObject({ 'crs.crm.a': { value: `value ${row}` } });
    }
    // Its bytes were personal data.
    expect(readdirSync(join(directory, 'spool'))).toEqual([]);
  },
);
