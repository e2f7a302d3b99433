/** The second opinion of `src/sim/model`: replies byte for byte but for the emulator's own words, rows, notes and profiles, without a server. */
import { DEFAULT_SETTINGS, type Settings, STRICT_SETTINGS } from '../../../src/protocol/vocabulary/index.ts';
import { modelPort } from '../../../src/sim/index.ts';
import type { ConformanceCase, Step } from './case.ts';
import type { Target } from './target.ts';

const STARTED_AT = Date.UTC(2026, 0, 1);

export function modelTarget(): Target {
  return {
    name: 'model',
    cannot,
    cannotHave,
    async open({ options }) {
      const pace = options['pace'] === 'realistic' ? 'realistic' : 'manual';
      const { queueBatchesMax } = options;
      const bound = queueBatchesMax === undefined ? {} : { waitingMax: Number(queueBatchesMax) };
      const port = modelPort(settingsOf(options), STARTED_AT, { pace, ...bound });
      return { port, authority: 'localhost', isClockOurs: true, hasOwnWords: true, close: async () => undefined };
    },
  };
}

function cannot(step: Step): string | undefined {
  if (step.kind === 'step') return 'the model has no slices';
  if (step.kind === 'request' && step.isLarge) return 'the model reads no large files';
  return undefined;
}

/** Readings, pace and the queue's bound; hosts and the like are a server's. */
function cannotHave(options: ConformanceCase['options']): string | undefined {
  const strange = Object.keys(options).find(
    (name) => !['mode', 'pace', 'queueBatchesMax'].includes(name) && !(name in DEFAULT_SETTINGS),
  );
  return strange === undefined ? undefined : `the model has no option ${strange}`;
}

/** Options are written as text. */
function settingsOf(options: ConformanceCase['options']): Settings {
  const preset = options['mode'] === 'strict' ? STRICT_SETTINGS : DEFAULT_SETTINGS;
  const readings = Object.entries(options)
    .filter(([name]) => name in preset)
    .map(([name, text]) => [name, typeof preset[name as keyof Settings] === 'number' ? Number(text) : text]);
  return { ...preset, ...Object.fromEntries(readings) };
}
