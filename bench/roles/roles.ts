/** Every role of a child process. */
import { closedLoop, type ClosedLoopSpec } from '../load/closed-loop.ts';
import { openLoop, type OpenLoopSpec } from '../load/open-loop.ts';
import { hotPath, type HotPathSpec } from './hot-path.ts';
import type { Lifecycle } from './lifecycle.ts';
import { inProcessStarts, type InProcessSpec } from './in-process-starts.ts';
import { parse, type ParseSpec } from './parse.ts';
import { preparedInsert, type PreparedInsertSpec } from './prepared-insert.ts';
import { rawServer, type RawServerSpec } from './raw-server.ts';

export const ROLES = {
  'closed-loop': (spec: ClosedLoopSpec) => closedLoop(spec),
  'open-loop': (spec: OpenLoopSpec, lifecycle: Lifecycle) => openLoop(spec, lifecycle),
  'raw-server': (spec: RawServerSpec, lifecycle: Lifecycle) => rawServer(spec, lifecycle),
  'prepared-insert': (spec: PreparedInsertSpec) => preparedInsert(spec),
  'in-process-starts': (spec: InProcessSpec) => inProcessStarts(spec),
  'hot-path': (spec: HotPathSpec) => hotPath(spec),
  parse: (spec: ParseSpec) => parse(spec),
};

export type Roles = typeof ROLES;
export type RoleName = keyof Roles;

/** In the child: plays the role named on the command line. */
export async function playRole(name: string, spec: string): Promise<void> {
  const role = ROLES[name as RoleName] as (spec: unknown, lifecycle: Lifecycle) => Promise<unknown>;
  const stopped = new Promise<void>((resolve) => {
    // Also when the parent is gone: nothing is left behind.
    process.stdin.once('data', () => resolve()).once('end', () => resolve());
  });
  process.stdin.unref?.();
  const result = await role(JSON.parse(spec), { stopped, ready: () => void process.send?.('ready') });
  process.stdout.write(JSON.stringify(result ?? null), () => process.exit(0));
}
