/** `tpe open`: the console of a running emulator, in the browser. */
import { Command } from 'commander';
import { z } from 'zod';
import { stateOperations } from '../../server/harness/state-operations.ts';
import { askControlApi, controlFields, emulatorUrl } from '../ask-control-api.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { fieldsOf } from '../schema-fields.ts';

const openOptionsSchema = z.strictObject({
  url: controlFields.url,
});
const FIELDS = fieldsOf(openOptionsSchema, (name) => name === 'url');

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

Examples:
  tpe serve & tpe open                        the emulator of this machine
  tpe open --url http://127.0.0.1:9000        another one
  tpe open --print                            the address alone, for a machine without a browser`,
    )
    .action(async () => {
      await run((context) => {
        const given = givenOptions(command, FIELDS, context.environment);
        const { url } = checkedOptions(openOptionsSchema, FIELDS, given, 'tpe open');
        return open(emulatorUrl(url, context.environment), command.opts<OpenFlags>(), context);
      });
    });
}

interface OpenFlags {
  readonly print?: boolean;
  readonly json?: boolean;
}

async function open(endpoint: string, { print = false, json = false }: OpenFlags, context: Context): Promise<ExitCode> {
  await askControlApi({ url: endpoint, operation: stateOperations.health, args: [], signal: context.signal });
  const url = `${endpoint.replace(/\/$/, '')}/__emulator/`;
  if (json) printJson(context, { url });
  else context.stdout.write(`${url}\n`);
  if (print) return EXIT_CODES.done;
  const reason = await openInBrowser(url);
  if (reason !== undefined)
    context.stderr.write(`tpe: no browser was opened (${reason}): open the address yourself.\n`);
  return EXIT_CODES.done;
}
