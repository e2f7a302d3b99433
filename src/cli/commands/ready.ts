/** `tpe ready`: whether an emulator answers, for health checks and scripts that start one. */
import { z } from 'zod';
import { stateOperations } from '../../server/harness/state-operations.ts';
import { controlAnswer, emulatorUrl, emulatorUrlField } from '../ask-control-api.ts';
import { printJson, type Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { fieldsOf } from '../schema-fields.ts';
import { Problem } from '../problem.ts';
import { printableIn } from '../printable.ts';
import { unreachable } from '../unreachable.ts';

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
Examples:
  tpe ready                                   asks http://127.0.0.1:8181 once
  tpe serve --memory & tpe ready --wait 30    goes on when the emulator is up`,
  does: ({ options: { url, wait }, json }, context) =>
    ready(emulatorUrl(url, context.environment), wait * 1000, json, context),
});

async function ready(url: string, waitMs: number, json: boolean, context: Context): Promise<ExitCode> {
  const endAt = context.now() + waitMs;
  for (;;) {
    // One question after the other, on purpose.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await askHealth(url, context.signal);
    if (context.signal.aborted) return EXIT_CODES.interrupted;
    if (!('reason' in answer)) {
      if (json) printJson(context, { ready: true, url, ...answer });
      else context.stdout.write(`${url} is ready (version ${answer.version})${limits(answer.problems)}.\n`);
      return EXIT_CODES.done;
    }
    if (context.now() >= endAt) {
      const { reason, next } = answer;
      throw new Problem(`${url} is not ready: ${reason}`, { reason: 'temporary', code: 'not-ready', next });
    }
    // oxlint-disable-next-line no-await-in-loop
    await context.sleep(RETRY_DELAY_MS, context.signal);
  }
}

/** The health, or why there is none, and what helps. */
async function askHealth(url: string, signal: AbortSignal) {
  const answer = await controlAnswer({ url, operation: health, args: [], signal, timeoutMs: REPLY_TIMEOUT_MS });
  switch (answer.kind) {
    case 'told':
      return answer.reply.status === 'failed'
        ? { reason: 'it says failed', next: undefined }
        : printableIn(answer.reply);
    case 'none':
      return answer;
    case 'refused':
    case 'foreign':
      return { reason: 'something else answers there', next: undefined };
    default:
      return unreachable(answer);
  }
}

const limits = (problems: readonly string[]) =>
  problems.length === 0 ? '' : `, but has problems: ${problems.join(', ')}; its log says more`;
