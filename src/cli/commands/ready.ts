/** `tpe ready`: whether an emulator answers, for health checks and scripts that start one. */
import { z } from 'zod';
import { stateOperations } from '../../server/harness/state-operations.ts';
import { controlAnswer, emulatorUrl, emulatorUrlField } from '../ask-control-api.ts';
import type { Context } from '../context.ts';
import { type Called, defineCommand } from '../define-command.ts';
import { EXIT_CODES } from '../exit-code.ts';
import { fieldsOf } from '../schema-fields.ts';
import { Problem } from '../problem.ts';
import { printableIn } from '../printable.ts';

const readyOptionsSchema = z.strictObject({
  url: emulatorUrlField,
  wait: z.int().min(0).max(86_400).default(0).describe('Seconds to go on asking until it answers; 0 asks once.'),
});
const FIELDS = fieldsOf(readyOptionsSchema, (name) => name === 'url');

/** Between two questions, and for one answer. */
const RETRY_DELAY_MS = 100;
const REPLY_TIMEOUT_MS = 5000;

const { health } = stateOperations;

export const readyCommand = defineCommand({
  name: 'ready',
  description: 'tell whether the emulator answers; exits 0 or 5',
  json: 'print the answer as JSON',
  schema: readyOptionsSchema,
  fields: FIELDS,
  help: `
A script starts it by ./node_modules/.bin/tpe serve in the background, since npx
hands no signal on that is to stop it.

Examples:
  tpe ready              asks http://127.0.0.1:8181 once
  tpe ready --wait 30    waits until the emulator is up`,
  does: ready,
});

async function ready({ options, tell }: Called<z.output<typeof readyOptionsSchema>>, context: Context) {
  const url = emulatorUrl(options.url, context.environment);
  const endAt = context.now() + options.wait * 1000;
  for (;;) {
    const answer = await askHealth(url, context.signal);
    if (context.signal.aborted) return EXIT_CODES.interrupted;
    if (!('reason' in answer)) {
      const { version, problems } = answer;
      tell({ ready: true, url, ...answer }, () => `${url} is ready (version ${version})${limits(problems)}.\n`);
      return EXIT_CODES.done;
    }
    if (context.now() >= endAt) {
      const { reason, next } = answer;
      throw new Problem(`${url} is not ready: ${reason}`, { reason: 'temporary', code: 'not-ready', next });
    }
    await context.sleep(RETRY_DELAY_MS, context.signal);
  }
}

/** The health, or why there is none, and what helps. */
async function askHealth(url: string, signal: AbortSignal) {
  const answer = await controlAnswer({ url, operation: health, args: [], signal, timeoutMs: REPLY_TIMEOUT_MS });
  if (answer.kind === 'none') return answer;
  if (answer.kind !== 'told') return { reason: 'something else answers there', next: undefined };
  const { reply } = answer;
  return reply.status === 'failed' ? { reason: 'it says failed', next: undefined } : printableIn(reply);
}

const limits = (problems: readonly string[]) =>
  problems.length === 0 ? '' : `, but has problems: ${problems.join(', ')}; its log says more`;
