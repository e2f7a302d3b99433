/** The built command's files, loaded with what an earlier process compiled of them. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const LOADER = new URL('../../../src/cli/load-compiled.ts', import.meta.url).href;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-compiled-'));
  const functions = Array.from(
    { length: 200 },
    (_, at) => `function f${at}(n) { return n > ${at} ? [n, 'f${at}'].join() : { at: n * ${at} }; }`,
  );
  const calls = functions.map((_, at) => `f${at}(100)`).join('; ');
  writeFileSync(
    join(directory, 'entry-1.cjs'),
    `const part = require('./part-1.cjs'); exports.file = __filename; exports.say = () => part.greet(require('node:os').EOL);
     exports.later = () => Promise.resolve().then(() => require('node:path')); exports.fail = () => { throw new Error('seen'); };`,
  );
  writeFileSync(
    join(directory, 'part-1.cjs'),
    `${functions.join('\n')}\nexports.greet = (end) => 'hello' + end; exports.callAll = () => { ${calls} };`,
  );
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What a process of its own prints that loads them and then does this with what it is given. */
function loading(does: string, entry = 'entry-1.cjs'): string {
  const script = `const { loadCompiled } = await import(${JSON.stringify(LOADER)});
    const it = loadCompiled(${JSON.stringify(directory)}, ${JSON.stringify(entry)}, 'tests'); ${does}`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8' });
}

const cache = () => {
  const place = join(directory, 'compile-cache');
  const [version = ''] = readdirSync(place);
  return join(place, version);
};

describe('the built command', () => {
  it('is loaded with what it requires, from beside it and from Node, and what it wants later', () => {
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
    expect(loading('console.log(typeof (await it.later()).join, it.file)')).toBe(
      `function ${join(directory, 'entry-1.cjs')}\n`,
    );
  });

  it('leaves behind what was compiled, functions too that were compiled when they were called', () => {
    loading('');
    const uncalled = statSync(join(cache(), 'part-1.cjs')).size;
    rmSync(join(directory, 'compile-cache'), { recursive: true });
    loading('it.callAll()', 'part-1.cjs');
    expect(statSync(join(cache(), 'part-1.cjs')).size).toBeGreaterThan(uncalled * 2);
    expect(readdirSync(cache())).toEqual(['part-1.cjs']);
  });

  it('takes what is there as it is, and makes anew what cannot be used', () => {
    loading('');
    const file = join(cache(), 'part-1.cjs');
    const before = statSync(file).mtimeMs;
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
    expect(statSync(file).mtimeMs).toBe(before);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 40));
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
    expect(statSync(file).size).toBeGreaterThan(40);
  });

  it('believes neither a damaged file, nor one that was compiled of another text of the same length', () => {
    loading('it.callAll()', 'part-1.cjs');
    const file = join(cache(), 'part-1.cjs');
    const whole = readFileSync(file);
    for (const at of [0, 40, 120, whole.length >> 1, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 4;
      writeFileSync(file, damaged);
      expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
      expect(readFileSync(file)).not.toEqual(damaged);
    }
    const source = join(directory, 'part-1.cjs');
    writeFileSync(source, readFileSync(source, 'utf8').replace('hello', 'HELLO'));
    expect(loading('process.stdout.write(it.say())')).toBe('HELLO\n');
  });

  it('uses and writes nothing in a folder that is a link, or in which others may write', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'tpe-elsewhere-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    symlinkSync(elsewhere, join(directory, 'compile-cache'));
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
    expect(readdirSync(elsewhere, { recursive: true }).filter((name) => String(name).endsWith('.cjs'))).toEqual([]);
    rmSync(join(directory, 'compile-cache'));
    loading('');
    const file = join(cache(), 'part-1.cjs');
    const before = statSync(file).mtimeMs;
    chmodSync(cache(), 0o777);
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
    expect([statSync(file).mtimeMs, readdirSync(cache()).length]).toEqual([before, 2]);
  });

  it('is loaded all the same where nothing can be kept', () => {
    writeFileSync(join(directory, 'compile-cache'), 'no directory');
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
    rmSync(join(directory, 'compile-cache'));
    mkdirSync(join(directory, 'compile-cache'));
    chmodSync(join(directory, 'compile-cache'), 0o500);
    expect(loading('process.stdout.write(it.say())')).toBe('hello\n');
  });

  it('names its files and lines where something fails', () => {
    const told = loading('try { it.fail() } catch (error) { console.log(error.stack) }');
    expect(told).toContain(`${join(directory, 'entry-1.cjs')}:2:`);
  });
});
