/**
 * Modules of Node's own that a start should not pay for, taken without their lazy exports.
 *
 * An ESM `import 'node:http'` reads every export, getters too, and one of them loads undici: as long as `node -e 0` takes.
 * So an import of such a module becomes one of this plugin's, made of `process.getBuiltinModule`: its functions look for
 * theirs when they are called, its classes and constants when the file is loaded, and what a getter gives is left out, so
 * that a build which imports it fails. A `require` is left alone: it reads no export that nobody asks for.
 */
const PREFIX = '\0late:';

export function lateBuiltins(names) {
  return {
    name: 'late-builtins',
    resolveId(id, importer, { kind }) {
      if (!names.includes(id) || kind === 'require-call') return null;
      // One for each file that imports it: a class is looked for when that file is loaded, and not by whoever shares it.
      return { id: `${PREFIX}${id}?${importer.replaceAll(/[\\/]/g, '|')}`, moduleSideEffects: false };
    },
    load(id) {
      return id.startsWith(PREFIX) ? moduleOf(id.slice(PREFIX.length).split('?')[0]) : null;
    },
  };
}

function moduleOf(name) {
  const builtin = process.getBuiltinModule(name);
  const exported = Object.entries(Object.getOwnPropertyDescriptors(builtin))
    .filter(([, { value }]) => value !== undefined)
    .map(([key, { value }]) =>
      typeof value === 'function' && /^[a-z]/.test(key)
        ? `export const ${key} = (...args) => builtin().${key}(...args);`
        : `export const ${key} = /* @__PURE__ */ (() => builtin().${key})();`,
    );
  return [`const builtin = () => process.getBuiltinModule('${name}');`, ...exported].join('\n');
}
