/** The command `target-profile-emulator`, alias `tpe`: looks at the Node it is run by, and only then loads anything. */
import { oldNode } from '../sqlite/node-version.ts';

const tooOld = oldNode();
if (tooOld === undefined) {
  // Compiling is the largest part of a start. Beside the files it belongs to, and not in the temporary folder where Node
  // keeps it by default: whoever may write here may change the program anyway. Where nobody may, there is none.
  process.getBuiltinModule('node:module').enableCompileCache(`${import.meta.dirname}/compile-cache`);
  const { run } = await import('./run.ts');
  await run();
} else {
  process.stderr.write(`tpe: ${tooOld}\n`);
  // As EXIT_CODES has it for wrong usage; importing it would load what this is here to keep out.
  process.exitCode = 2;
}
