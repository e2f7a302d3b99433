/** Whether the emulator works, and as what it was started. */
import { ownJson } from '../http/own-error.ts';
import type { Reply } from '../http/reply.ts';
import type { Services } from '../http/services.ts';

/** 503 once a step has failed: then nothing is applied any more. */
export function showHealth({ isFailed, version, options }: Services): Reply {
  const status = isFailed() ? 'failed' : 'ok';
  return ownJson({ status, version, pace: options.pace, seed: options.seed }, status === 'ok' ? 200 : 503);
}
