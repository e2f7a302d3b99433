/** `tpe ready`: whether an emulator answers, for health checks and scripts that start one. */
import { z } from 'zod';
import { stateOperations } from '../../server/harness/state-operations.ts';
import { type Ask, emulatorUrlField, NoAnswer, runningEmulator } from '../ask-control-api.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, Problem } from '../problem.ts';
import { printableIn } from '../printable.ts';

/** Between two questions, and for one answer. */
const RETRY_DELAY_MS = 100;
const REPLY_TIMEOUT_MS = 5000;

export const readyCommand = defineCommand({
  name: 'ready',
  description: 'tell whether the emulator answers; exits 0 or 5',
  schema: z.strictObject({
    url: emulatorUrlField,
    wait: z.int().min(0).max(86_400).default(0).describe('Seconds to go on asking until it answers; 0 asks once.'),
  }),
  variables: ['url'],
  help: `
A script starts it by ./node_modules/.bin/tpe serve in the background, since npx
hands no signal on that is to stop it.

Examples:
  tpe ready              asks http://127.0.0.1:8181 once
  tpe ready --wait 30    waits until the emulator is up`,
  async does({ options, tell }, context) {
    const { url, ask } = runningEmulator(options, context, REPLY_TIMEOUT_MS);
    const endAt = context.now() + options.wait * 1000;
    for (;;) {
      const { health, why, next } = await askedHealth(ask);
      if (context.signal.aborted) return EXIT_CODES.interrupted;
      if (health !== undefined) {
        const { version, problems } = health;
        const limits = problems.length === 0 ? '' : `, but has problems: ${problems.join(', ')}; its log says more`;
        const line = `${url} is ready (version ${version})${limits}.\n`;
        return tell({ ready: true, url, ...health }, () => line);
      }
      if (context.now() >= endAt)
        throw new Problem(`${url} is not ready: ${why}`, { reason: 'temporary', code: 'not-ready', next });
      await context.sleep(RETRY_DELAY_MS, context.signal);
    }
  },
});

/** The health, or why there is none, and what helps. */
async function askedHealth(ask: Ask) {
  try {
    const health = printableIn(await ask(stateOperations.health));
    return health.status === 'failed' ? { why: 'it says failed' } : { health };
  } catch (error) {
    if (error instanceof NoAnswer) return { why: error.why, next: error.next };
    if (error instanceof Problem) return { why: 'something else answers there' };
    throw error;
  }
}
