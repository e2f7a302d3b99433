/** What every section is given: the plan, the built emulator, a place for files, and where to put what it found. */
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GOALS, type GoalName, isMet } from './goals.ts';
import { rounded } from './measure.ts';
import type { Plan } from './plan.ts';

export interface Judgement {
  readonly goal: GoalName;
  readonly what: string;
  readonly bound: string;
  readonly measured: number | undefined;
  readonly isMet: boolean | undefined;
  /** Why there is no figure, or what to know about it. */
  readonly remark?: string;
}

export interface BenchContext {
  readonly plan: Plan;
  /** A copy of dist/, so that a build meanwhile changes nothing; packages resolve from the checkout. */
  readonly dist: string;
  /** Removed at the end. */
  readonly directory: string;
  /** Kept between runs: installed peers. */
  readonly cache: string;
  readonly say: (line: string) => void;
  readonly judge: (goal: GoalName, measured: number, remark?: string) => void;
  readonly cannotJudge: (goal: GoalName, why: string) => void;
  readonly judgements: ReadonlyMap<GoalName, Judgement>;
  /** Ends this process too, by its own id, should the run end before its section does. */
  readonly own: <Child extends ChildProcess>(child: Child) => Child;
  readonly dispose: () => void;
}

export function benchContext(plan: Plan, say: (line: string) => void): BenchContext {
  const cache = resolve('node_modules/.cache');
  const dist = join(cache, `bench-dist-${process.pid}`);
  if (!existsSync('dist/cli.js')) throw new Error('There is no dist/: run `npm run build` first.');
  mkdirSync(dist, { recursive: true });
  cpSync('dist', dist, { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), 'tpe-bench-'));
  const children = new Set<ChildProcess>();
  const judgements = new Map<GoalName, Judgement>();
  const note = (goal: GoalName, measured: number | undefined, remark: string | undefined) => {
    const { what, unit, bound, better } = GOALS[goal];
    judgements.set(goal, {
      goal,
      what,
      bound: `${better === 'lower' ? '<=' : '>='} ${bound} ${unit}`,
      measured: measured === undefined ? undefined : rounded(measured),
      isMet:
        measured === undefined || Number.isNaN(measured) || plan.extent === 'quick'
          ? undefined
          : isMet(GOALS[goal], measured),
      ...(remark !== undefined && { remark }),
    });
  };
  return {
    plan,
    dist,
    directory,
    cache: join(cache, 'bench-peers'),
    say,
    judge: note,
    cannotJudge: (goal, why) => note(goal, undefined, why),
    judgements,
    own(child) {
      children.add(child);
      child.once('close', () => children.delete(child));
      return child;
    },
    dispose() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(dist, { recursive: true, force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
