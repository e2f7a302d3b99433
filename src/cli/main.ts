/** The command `target-profile-emulator`, alias `tpe`: looks at the Node it is run by, and only then loads anything. */
import { oldNode } from '../sqlite/node-version.ts';
import { loadCompiled } from './load-compiled.ts';
import type { run as runCommand } from './run.ts';

/** The build's file of `run.ts`. */
declare const COMMAND_FILE: string;

const STARTED_OFTEN: ReadonlySet<string> = new Set(['serve', 'exec', 'upload']);

const tooOld = oldNode();
if (tooOld === undefined) {
  const [, , first = ''] = process.argv;
  const purpose = STARTED_OFTEN.has(first) ? first : 'others';
  const { run } = loadCompiled(import.meta.dirname, COMMAND_FILE, purpose) as { readonly run: typeof runCommand };
  await run();
} else {
  process.stderr.write(`tpe: ${tooOld}\n`);
  // As EXIT_CODES has it for wrong usage; importing it would load what this is here to keep out.
  process.exitCode = 2;
}
