/**
 * Loads the built command with what V8 compiled of it in an earlier process. Node's own compile cache holds no function that
 * is compiled when it is called: most are, and that took a fifth of a start.
 */
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
  const { mkdirSync, readFileSync, renameSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const { Script } = process.getBuiltinModule('node:vm');
  const outside = process.getBuiltinModule('node:module').createRequire(`${directory}/`);
  // Beside the files it belongs to, and not in a temporary folder: whoever may write here may change the program anyway.
  const place = `${directory}/compile-cache/${process.getBuiltinModule('node:v8').cachedDataVersionTag()}-${purpose}`;
  const loaded = new Map<string, object>();
  const compiled = new Map<string, Script>();

  const load = (name: string): object => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const exports = {};
    loaded.set(name, exports);
    const filename = `${directory}/${name}`;
    const cachedData = kept(name);
    // The build writes ASCII alone.
    const script = new Script(`${HEAD}${readFileSync(filename, 'latin1')}\n})`, {
      filename,
      columnOffset: -HEAD.length,
      cachedData,
    });
    if (cachedData === undefined || script.cachedDataRejected === true) compiled.set(name, script);
    const run = script.runInThisContext() as Wrapped;
    run(exports, (asked) => (asked.startsWith('./') ? load(asked.slice(2)) : outside(asked)), { exports }, filename);
    return exports;
  };
  const kept = (name: string) => {
    try {
      return readFileSync(`${place}/${name}`);
    } catch {
      return undefined;
    }
  };
  const keepAll = () => {
    try {
      if (compiled.size > 0) mkdirSync(place, { recursive: true });
      for (const [name, script] of compiled) {
        compiled.delete(name);
        // Whole and on disk, or not at all: V8 believes what it is given. Where nobody may write, that is known first.
        const unfinished = `${place}/${name}.${process.pid}`;
        writeFileSync(unfinished, '', { mode: 0o600 });
        writeFileSync(unfinished, script.createCachedData(), { flush: true });
        renameSync(unfinished, `${place}/${name}`);
      }
    } catch {
      // The next start compiles it again.
    }
  };
  setTimeout(keepAll, KEPT_AFTER_MS).unref();
  process.once('exit', keepAll);
  return load(entry);
}
