/** All drills, in the order they are run: one file each. */
import type { Drill } from './drill.ts';
import { fullDisk } from './full-disk.ts';
import { health } from './health.ts';
import { kill } from './kill.ts';
import { limits } from './limits.ts';
import { load } from './load.ts';

export const DRILLS: readonly Drill[] = [health, kill, fullDisk, limits, load];
