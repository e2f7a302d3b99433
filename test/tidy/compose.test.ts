/** docker-compose.yml, Dockerfile and package agree, as far as can be seen without a container engine. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fieldsOf } from '../../src/cli/schema-fields.ts';
import { serveOptionsSchema } from '../../src/server/options.ts';

interface Compose {
  readonly services: Record<
    string,
    {
      readonly build: string;
      readonly command: readonly string[];
      readonly ports: readonly string[];
      readonly volumes: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      readonly restart: string;
      readonly healthcheck?: unknown;
      readonly profiles?: readonly string[];
      readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
    }
  >;
  readonly volumes: Record<string, unknown>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8')) as Compose;
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly bin: Record<string, string>;
  readonly devDependencies: { readonly node: string };
};
const dockerfile = instructions(readFileSync('Dockerfile', 'utf8'));
/** The last stage is what runs. */
const runtime = dockerfile.slice(dockerfile.findLastIndex(({ name }) => name === 'FROM'));
const environment = Object.fromEntries(
  runtime
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => [...rest.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!] as const)),
);
const [serviceName, service] = Object.entries(compose.services)[0]!;
const { uploader } = compose.services;

describe('the compose file and the image', () => {
  it('consist of one service with one named volume, and a sample uploader that nobody gets unasked', () => {
    expect(Object.keys(compose.services)).toEqual([serviceName, 'uploader']);
    expect(uploader?.profiles).toEqual(['sample']);
    expect(Object.keys(compose.volumes)).toHaveLength(1);
    expect(service.build).toBe('.');
  });

  it('publish the port that the emulator listens on, to this machine only', () => {
    const port = String(serveOptionsSchema.parse({}).port);
    expect(environment['TPE_PORT']).toBe(port);
    expect(one(runtime, 'EXPOSE')).toBe(port);
    // Another one by a variable, the same within and without.
    const chosen = `\${TPE_PORT:-${port}}`;
    expect(service.environment).toMatchObject({ TPE_PORT: chosen });
    expect(service.ports).toEqual([`127.0.0.1:${chosen}:${chosen}`]);
  });

  it('listen on every address inside the container, because a published port arrives from outside of it', () => {
    expect(environment['TPE_HOST']).toBe('0.0.0.0');
  });

  it('keep the data in the named volume, private to the user that runs', () => {
    const [volume, path] = service.volumes[0]!.split(':');
    expect(Object.keys(compose.volumes)).toEqual([volume]);
    expect(environment['TPE_DATA']).toBe(path);
    expect(one(runtime, 'VOLUME')).toBe(path);
    const user = one(runtime, 'USER');
    expect(user).not.toBe('root');
    expect(runtime.some(({ rest }) => rest.includes(`install -d -o ${user} -g ${user} -m 0700 ${path}`))).toBe(true);
  });

  it('run a command of the package, by a link to the file that its bin names', () => {
    const entry = JSON.parse(one(runtime, 'ENTRYPOINT')) as string[];
    expect(entry).toEqual(['tpe']);
    expect(runtime.some(({ rest }) => rest.includes(`ln -s /app/${manifest.bin['tpe']} /usr/local/bin/tpe`))).toBe(
      true,
    );
    const commands = [JSON.parse(one(runtime, 'CMD')) as string[], service.command];
    for (const [name] of commands) expect(existsSync(`src/cli/commands/${name}.ts`)).toBe(true);
  });

  it('give the sample uploader the name that it has built in, and options that there are', () => {
    const [host] = /(?<=https:\/\/)[^/]+/.exec(uploader!.command.join(''))!;
    expect(service.networks?.default.aliases).toContain(host);
    const flags = service.command.filter((word) => word.startsWith('--'));
    const known = new Set(fieldsOf(serveOptionsSchema, () => true).map(({ flag }) => flag));
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
    expect(service.command[service.command.indexOf('--tls-port') + 1]).toBe('443');
  });

  it('ask for health without starting a Node, in one place', () => {
    expect(service.healthcheck).toBeUndefined();
    expect(one(runtime, 'HEALTHCHECK')).toContain('CMD ["healthcheck"]');
    expect(runtime.map(({ rest }) => rest)).toContain('scripts/healthcheck.sh /usr/local/bin/healthcheck');
    expect(statSync('scripts/healthcheck.sh').mode & 0o111).toBe(0o111);
  });

  it('start again after a failure', () => {
    expect(service.restart).toBe('unless-stopped');
  });

  it("carry no sources of SQLite's, and compile none", () => {
    const built = dockerfile.filter(({ name }) => name === 'RUN').map(({ rest }) => rest);
    expect(built.some((line) => line.includes('rm -r deps src binding.gyp'))).toBe(true);
    for (const path of ['deps', 'src', 'binding.gyp', 'prebuilds/linux-x64.node', 'prebuilds/linux-arm64.node'])
      expect(existsSync(`node_modules/better-sqlite3/${path}`), path).toBe(true);
    expect(built.filter((line) => /apt-get|npm rebuild|node-gyp/.test(line))).toEqual([]);
  });

  it("serve the service's own name, so that other services reach it", () => {
    expect(service.command).toContain('--allow-host');
    expect(service.command[service.command.indexOf('--allow-host') + 1]?.split(',')).toContain(serviceName);
  });

  it('build on the Node release that the repository brings along', () => {
    const major = /(\d+)/.exec(manifest.devDependencies.node)![1];
    const images = dockerfile.filter(({ name }) => name === 'FROM').map(({ rest }) => rest.split(' ')[0]!);
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(new RegExp(`^node:${major}-`));
  });

  it('copy only files that exist and that .dockerignore lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8')
      .match(/^!.+$/gm)!
      .map((line) => line.slice(1));
    const copied = dockerfile
      .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(copied.length).toBeGreaterThan(0);
    for (const file of copied) {
      expect(existsSync(file)).toBe(true);
      expect(allowed).toContain(file.split('/')[0]);
    }
  });

  it('set only options that exist', () => {
    const names = Object.keys(environment).filter((name) => name.startsWith('TPE_'));
    const fields = fieldsOf(serveOptionsSchema, () => true).map(({ env }) => env);
    expect(fields).toEqual(expect.arrayContaining([...names, ...Object.keys(service.environment)]));
  });

  it('serve localhost by name, since what a published port brings comes from another machine', () => {
    expect(environment['TPE_ALLOW_HOST']).toBe('localhost,127.0.0.1');
    const allowed = service.command[service.command.indexOf('--allow-host') + 1]?.split(',');
    expect(allowed).toEqual(expect.arrayContaining(['localhost', '127.0.0.1']));
  });

  it('take the control token from the environment, and none that is written down', () => {
    expect(environment['TPE_CONTROL_TOKEN']).toBeUndefined();
    expect(service.environment['TPE_CONTROL_TOKEN']).toBe('${TPE_CONTROL_TOKEN:-}');
  });
});

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** A Dockerfile's instructions, continued lines joined, comments left out. */
function instructions(text: string): readonly Instruction[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: line.split(' ')[0]!, rest: line.slice(line.indexOf(' ') + 1).trim() }));
}

function one(of: readonly Instruction[], name: string): string {
  const found = of.filter((instruction) => instruction.name === name);
  expect(found).toHaveLength(1);
  return found[0]!.rest;
}
