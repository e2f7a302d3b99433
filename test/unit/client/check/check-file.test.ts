/** A file that is judged is closed again, whatever is found in it. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, it, vi } from 'vitest';
import { checkFile, checkInput } from '../../../../src/client/check/check-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'tpe-check-file-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const rows = (count: number) => `thirdPartyId,a\n${'1,x\n'.repeat(count)}`;
const FILES: readonly (readonly [string, string | Buffer])[] = [
  ['NUL bytes', Buffer.alloc(100_000)],
  ['UTF-16 without a mark', Buffer.from(rows(50_000), 'utf16le')],
  ['a zip archive', Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(500_000, 'x')])],
  ['a damaged gzip', Buffer.concat([gzipSync(rows(10)).subarray(0, 30), Buffer.alloc(500_000, 'x')])],
  ['nothing but a byte order mark', '\uFEFF'],
  ['an export', rows(50_000)],
  ['an export without an id', `a,b\n${'1,x\n'.repeat(200_000)}`],
  ['a row without an end', `thirdPartyId,a\n1,"${'x'.repeat(4_000_000)}`],
  ['JSON that breaks off', `[{"thirdPartyId":"1"},${'}'.repeat(500_000)}`],
  ['a batch file', `batch=pcId,a\n${'1,x\n'.repeat(100_000)}`],
  ['a batch file that is refused', `batch=nokey,a\n${'1,x\n'.repeat(100_000)}`],
];

const openedOnes = (path: string) =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  });

// Which files are open only Linux tells in a way that needs no other program.
describe.runIf(process.platform === 'linux')('on Linux, where the open files can be seen', () => {
  it.each(FILES)('no handle is left after three checks of %s', async (name, content) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    for (let round = 0; round < 3; round += 1) {
      await checkFile(path);
      await checkInput(path, { format: 'batch' });
      await checkInput(path, { encoding: 'none-such' }).catch(() => undefined);
      await checkInput([path, path], { idColumn: 'a' });
      await checkFile(path, {}, {}, { signal: AbortSignal.abort() }).catch(() => undefined);
    }
    await vi.waitUntil(() => openedOnes(path).length === 0);
  });
});
