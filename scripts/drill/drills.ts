/** All drills, in the order they are run: one file each. */
import type { Drill } from './drill.ts';
import { health } from './health.ts';

export const DRILLS: readonly Drill[] = [health];
