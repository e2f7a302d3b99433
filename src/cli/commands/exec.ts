/** `tpe exec`: an emulator for as long as one command runs. */
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { execOptionsSchema, startEmulator } from '../../server/index.ts';
import { defineCommand } from '../define-command.ts';
import { startRemedy } from '../problem.ts';
import { startingState } from '../starting-state.ts';
import { fieldsOf } from '../schema-fields.ts';
import { type ProxyEnvironment, proxyEnvironment, withoutProxy } from '../proxy-environment.ts';
import { runChild, whereabouts } from '../run-child.ts';

/** Where `tpe serve` is and what it wants, and not the emulator of a test beside it. */
const SERVED_PLACE: ReadonlySet<string> = new Set(['host', 'port', 'tlsPort', 'sftpPort', 'data', 'controlToken']);

export const execCommand = defineCommand({
  name: 'exec',
  description: 'run a command with an emulator beside it; exits with its code',
  words: [['<command...>', 'after --, the command and its arguments']],
  json: 'tell what goes wrong as JSON',
  schema: execOptionsSchema,
  fields: fieldsOf(execOptionsSchema, (name) => !SERVED_PLACE.has(name), DEFAULT_SETTINGS),
  help: `
The command finds the emulator's address in TPE_URL, and in TPE_ENDPOINT for
tpe upload, and a client code that nobody has used in TPE_CLIENT. The emulator
is there before it starts and gone after it ends. Exit codes: the command's own,
128 and the number of the signal that ended it, 127 where there is no such
command, 126 where it cannot be run; and where nothing was run, 2 for a wrong
option, 3 for its file, 5 where the emulator cannot start now (port in use).

With --as-proxy a program that knows nothing of the emulator lands here: the
variables for proxies and CA certificates of curl, wget, Node, Python, Go,
Ruby, Perl, PHP and .NET are set, and JAVA_TOOL_OPTIONS for Java. Every other
host is refused, so that nothing leaves by mistake.

Examples:
  tpe exec -- npm test
  tpe exec --clock virtual --profiles crm.ndjson -- pytest -x
  tpe exec --faults '{"status": {"code": 503, "times": 2}}' -- ./sync.sh
  tpe exec --as-proxy -- ./sync.sh           asks https://demo.tt.omtrdc.net
  tpe exec -- sh -c 'curl "$TPE_URL/__emulator/health"'`,
  async does({ options: given, words, json, again }, context) {
    const { profiles: _, faults: __, asProxy, ...options } = given;
    const plant = await startingState(given);
    const emulator = await startEmulator(options).catch(async (error: unknown) => {
      throw await startRemedy(error, again);
    });
    let proxy: ProxyEnvironment | undefined;
    try {
      await plant(emulator);
      if (asProxy) proxy = await proxyEnvironment(emulator, context);
      const way = proxy?.variables ?? withoutProxy(context.environment.option);
      const { controlToken } = emulator.options;
      const token = controlToken === undefined ? {} : { TPE_CONTROL_TOKEN: controlToken };
      const told = { ...whereabouts(emulator), ...token, ...way };
      return await runChild(words, told, context, { json });
    } finally {
      proxy?.remove();
      await emulator.close();
    }
  },
});
