/** How batches get to their end, in words. */
import type { Pace } from '../control-api.ts';
import { duration } from './time.tsx';

/** Of a client code, or by its name alone, as the emulator was started. */
export function paceText(given: Pace | string | undefined): string {
  if (given === undefined) return '';
  const pace = typeof given === 'string' ? ({ kind: given } as Pace) : given;
  switch (pace.kind) {
    case 'duration':
      return `after ${duration(pace.ms)}`;
    case 'polls':
      return `after ${pace.polls} status ${pace.polls === 1 ? 'request' : 'requests'}`;
    case 'stuck':
      return pace.ms === undefined ? 'stuck' : `stuck after ${duration(pace.ms)}`;
    case 'manual':
      return 'when released';
    case 'realistic':
      return 'realistic: 2 s, 5 min of a virtual clock';
    case 'immediate':
      return 'at once';
  }
}
