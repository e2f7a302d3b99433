/**
 * Loads the built command with what V8 compiled of it in an earlier process. Node's own compile cache holds no function that
 * is compiled when it is called: most are, and that took a fifth of a start.
 */
import type { Stats } from 'node:fs';
import type { Script } from 'node:vm';

/** By then whatever belongs to a start has been compiled; a process that is killed later has left it behind. */
const KEPT_AFTER_MS = 2_000;

type Wrapped = (exports: object, require: (name: string) => unknown, module: object, file: string) => void;
const HEAD = '(function (exports, require, module, __filename) {';

/**
 * What `entry` exports: a file of CommonJS in `directory`, whose name changes with its content, as those that it requires.
 * Each `purpose` keeps what it calls itself: another one calls other functions of the same files.
 */
export function loadCompiled(directory: string, entry: string, purpose: string): unknown {
  // Not imported: an old Node is told so before it looks for any of them.
  const { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const { Script } = process.getBuiltinModule('node:vm');
  const outside = process.getBuiltinModule('node:module').createRequire(`${directory}/`);
  // Beside the files it belongs to, and not in a temporary folder: whoever may write here may change the program anyway.
  const folder = `${directory}/compile-cache`;
  const place = `${folder}/${process.getBuiltinModule('node:v8').cachedDataVersionTag()}-${purpose}`;
  const loaded = new Map<string, object>();
  const compiled = new Map<string, { readonly script: Script; readonly source: string }>();

  const load = (name: string): object => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const exports = {};
    loaded.set(name, exports);
    const filename = `${directory}/${name}`;
    // The build writes ASCII alone.
    const source = `${HEAD}${readFileSync(filename, 'latin1')}\n})`;
    const cachedData = kept(name, source);
    const script = new Script(source, { filename, columnOffset: -HEAD.length, cachedData });
    if (cachedData === undefined || script.cachedDataRejected === true) compiled.set(name, { script, source });
    const run = script.runInThisContext() as Wrapped;
    run(exports, (asked) => (asked.startsWith('./') ? load(asked.slice(2)) : outside(asked)), { exports }, filename);
    return exports;
  };
  // V8 looks at the length of the source alone, and believes the rest: a damaged file would end the process.
  const checksum = (source: string, data: Uint8Array) => Buffer.from(Uint32Array.of(crc32(source), crc32(data)).buffer);
  const kept = (name: string, source: string) => {
    try {
      if (!isPrivate(lstatSync(folder)) || !isPrivate(lstatSync(place))) return undefined;
      const file = readFileSync(`${place}/${name}`);
      const data = file.subarray(CHECKSUM_BYTES);
      return file.subarray(0, CHECKSUM_BYTES).equals(checksum(source, data)) ? data : undefined;
    } catch {
      return undefined;
    }
  };
  const keep = (name: string, source: string, script: Script) => {
    const unfinished = `${place}/${name}.${process.pid}.${process.hrtime.bigint()}`;
    try {
      // Where nobody may write, that is known before V8 works.
      writeFileSync(unfinished, '', { mode: 0o600, flag: 'wx' });
      const data = script.createCachedData();
      writeFileSync(unfinished, Buffer.concat([checksum(source, data), data]), { flush: true });
      renameSync(unfinished, `${place}/${name}`);
    } catch {
      // The next start compiles it again.
      rmSync(unfinished, { force: true });
    }
  };
  const keepAll = () => {
    try {
      if (compiled.size === 0) return;
      for (const each of [folder, place]) {
        mkdirSync(each, { recursive: true, mode: 0o700 });
        if (!isPrivate(lstatSync(each))) return;
      }
      for (const [name, { script, source }] of compiled) keep(name, source, script);
      compiled.clear();
    } catch {
      // Nobody may write here.
    }
  };
  setTimeout(keepAll, KEPT_AFTER_MS).unref();
  process.once('exit', keepAll);
  return load(entry);
}

/** One of the source, one of what was compiled. */
const CHECKSUM_BYTES = 8;

/** A folder of this user's own, no link, in which nobody else may write. */
const isPrivate = (stats: Stats): boolean =>
  stats.isDirectory() && (stats.mode & 0o022) === 0 && (process.getuid === undefined || stats.uid === process.getuid());
