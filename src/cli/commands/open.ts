/** `tpe open`: the console of a running emulator, in the browser. */
import { Command } from 'commander';
import { z } from 'zod';
import { clockOperations } from '../../server/harness/clock-operations.ts';
import { controlTokenField } from '../../server/harness/control-token.ts';
import { askControlApi, emulatorUrl } from '../ask-control-api.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { fieldsOf } from '../schema-fields.ts';

const openOptionsSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The emulator. Default: http://127.0.0.1 with the port of TPE_PORT, or 8181.'),
  controlToken: controlTokenField,
});
const FIELDS = fieldsOf(openOptionsSchema, () => true);

export function openCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('open').description('open the console of a running emulator in the browser');
  command.option('--print', 'print its address, and open nothing');
  command.option('--json', 'print the address as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
The console shows what was sent and what became of each row, compares v1 and v2, and has the
switches of docs/faults.md. Exits 5 where no emulator answers.

An emulator beyond loopback wants its control token: the browser is led past the
door, where it trades the token for a cookie. The token is not printed.

Examples:
  tpe serve & tpe open                        the emulator of this machine
  tpe open --url http://127.0.0.1:9000        another one
  tpe open --print                            the address alone, for a machine without a browser`,
    )
    .action(async () => {
      await run((context) => {
        const given = givenOptions(command, FIELDS, context.environment);
        const { url, controlToken } = checkedOptions(openOptionsSchema, FIELDS, given, 'tpe open');
        return open(emulatorUrl(url, context.environment), controlToken, command.opts<OpenFlags>(), context);
      });
    });
}

interface OpenFlags {
  readonly print?: boolean;
  readonly json?: boolean;
}

async function open(
  endpoint: string,
  token: string | undefined,
  { print = false, json = false }: OpenFlags,
  context: Context,
): Promise<ExitCode> {
  const { signal } = context;
  // Health answers everybody; this is told to whom the console would be shown.
  await askControlApi({ url: endpoint, operation: clockOperations.clockNow, args: [], token, signal });
  const url = `${endpoint.replace(/\/$/, '')}/__emulator/`;
  if (json) printJson(context, { url });
  else context.stdout.write(`${url}\n`);
  if (print) return EXIT_CODES.done;
  const reason = await openInBrowser(token === undefined ? url : `${url}login?token=${encodeURIComponent(token)}`);
  if (reason !== undefined)
    context.stderr.write(`tpe: no browser was opened (${reason}): open the address yourself.\n`);
  return EXIT_CODES.done;
}
