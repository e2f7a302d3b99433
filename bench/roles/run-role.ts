/** Work that wants a process of its own: the bench starts itself again under a role, and reads one line of JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RoleName, Roles } from './roles.ts';

export const ROLE_FLAG = '--role';

type Spec<Name extends RoleName> = Parameters<Roles[Name]>[0];
type Result<Name extends RoleName> = Awaited<ReturnType<Roles[Name]>>;

export interface RunningRole<Name extends RoleName> {
  readonly process: ChildProcess;
  /** Resolves when the role says that it is under way. */
  readonly ready: Promise<void>;
  /** The role's `stopped` resolves. */
  stop(): void;
  readonly result: Promise<Result<Name>>;
}

/** `flags` are Node's. */
export function runRole<Name extends RoleName>(
  name: Name,
  spec: Spec<Name>,
  flags: readonly string[] = [],
): Promise<Result<Name>> {
  return startRole(name, spec, flags).result;
}

export function startRole<Name extends RoleName>(
  name: Name,
  spec: Spec<Name>,
  flags: readonly string[] = [],
): RunningRole<Name> {
  const child = spawn(process.execPath, [...flags, ownBundle(), ROLE_FLAG, name, JSON.stringify(spec)], {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (more: string) => (text += more));
  const result = once(child, 'close').then(([code]) => {
    if (code !== 0) throw new Error(`The bench's ${name} ended with ${String(code)}.`);
    return JSON.parse(text) as Result<Name>;
  });
  result.catch(() => {});
  const ready = new Promise<void>((resolve) => {
    child.once('message', () => resolve());
    child.once('close', () => resolve());
  });
  return { process: child, ready, stop: () => child.stdin!.write('stop\n'), result };
}

/** The bundle that `scripts/run.js` made of this program. */
export function ownBundle(): string {
  return fileURLToPath(import.meta.url);
}
