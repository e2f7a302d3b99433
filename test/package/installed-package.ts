/** What a user would have after `npm install`: the packed files in an empty folder, dependencies linked instead of compiled. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface InstalledPackage {
  /** An otherwise empty folder with node_modules. */
  readonly directory: string;
  readonly tarball: string;
  /** As npm links it: `node_modules/.bin/tpe`. */
  readonly command: string;
  /** Of the tarball, relative to the package. */
  readonly files: readonly string[];
  readonly remove: () => void;
}

export function installPackage(): InstalledPackage {
  const { name, bin, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly name: string;
    readonly bin: Readonly<Record<string, string>>;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  };
  const directory = mkdtempSync(join(tmpdir(), 'tpe-package-'));
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  // dist/ is there already (`npm test` builds first); scripts would build it a second time.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], { stdio: 'pipe' });
  const tarball = join(
    directory,
    readdirSync(directory).find((file) => file.endsWith('.tgz'))!,
  );
  const home = join(modules, name);
  mkdirSync(home);
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', home]);
  for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(resolve('node_modules', dependency), join(modules, dependency));
  }
  for (const [link, file] of Object.entries(bin)) symlinkSync(join('..', name, file), join(modules, '.bin', link));
  return {
    directory,
    tarball,
    command: join(modules, '.bin', 'tpe'),
    files: execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((file) => file.replace(/^package\//, '')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
