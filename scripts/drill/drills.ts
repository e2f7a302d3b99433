/** All drills, in the order they are run: one file each. */
import { batchBytes } from './batch-bytes.ts';
import { controlJson } from './control-json.ts';
import type { Drill } from './drill.ts';
import { fullDisk } from './full-disk.ts';
import { health } from './health.ts';
import { httpBytes } from './http-bytes.ts';
import { kill } from './kill.ts';
import { limits } from './limits.ts';
import { load } from './load.ts';
import { stalls } from './stalls.ts';

export const DRILLS: readonly Drill[] = [
  health,
  kill,
  fullDisk,
  limits,
  load,
  httpBytes,
  batchBytes,
  controlJson,
  stalls,
];
