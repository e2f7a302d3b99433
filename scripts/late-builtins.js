/**
 * Modules of Node's own, taken without their lazy exports.
 *
 * An ESM `import 'node:http'` reads every export, getters too, and one of them loads undici: as long as `node -e 0` takes.
 * `node:fs` loads streams that way, `node:util` worker threads. So an import of such a module becomes one of this plugin's,
 * made of `process.getBuiltinModule`; what a getter gives is left out, so that a build which imports it fails. A `require`
 * is left alone: it reads no export that nobody asks for.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const PREFIX = '\0late:';

/** `atHand` are modules that every process has loaded; of the `late` ones functions look for theirs when they are called. */
export function lateBuiltins({ atHand, late }) {
  return {
    name: 'late-builtins',
    resolveId(id, importer, { kind }) {
      if (!(atHand.includes(id) || late.includes(id)) || kind === 'require-call') return null;
      // One for each file that imports it: a class is looked for when that file is loaded, and not by whoever shares it.
      // By its path from here: what is built must not tell where.
      const from = relative(fileURLToPath(new URL('..', import.meta.url)), importer);
      return { id: `${PREFIX}${id}?${from.replaceAll(/[\\/]/g, '|')}`, moduleSideEffects: false };
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const name = id.slice(PREFIX.length).split('?')[0];
      return moduleOf(name, late.includes(name));
    },
  };
}

function moduleOf(name, isLate) {
  const builtin = process.getBuiltinModule(name);
  const exported = Object.entries(Object.getOwnPropertyDescriptors(builtin))
    .filter(([, { value }]) => value !== undefined)
    .map(([key, { value }]) =>
      isLate && typeof value === 'function' && /^[a-z]/.test(key)
        ? `export const ${key} = (...args) => builtin().${key}(...args);`
        : `export const ${key} = /* @__PURE__ */ (() => builtin().${key})();`,
    );
  return [`const builtin = () => process.getBuiltinModule('${name}');`, ...exported].join('\n');
}
