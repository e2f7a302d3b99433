/** `tpe clients`: the client codes of a running emulator, listed, emptied or dropped. */
import { Command } from 'commander';
import { z } from 'zod';
import { clientOperations } from '../../server/harness/client-operations.ts';
import { askControlApi, controlFields, emulatorUrl } from '../ask-control-api.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { printableIn } from '../printable.ts';
import { Problem } from '../problem.ts';
import { fieldsOf } from '../schema-fields.ts';
import { renderTable } from '../table.ts';

const clientsOptionsSchema = z.strictObject(controlFields);
const FIELDS = fieldsOf(clientsOptionsSchema, () => true);

export function clientsCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('clients').description('list the client codes of a running emulator, reset or drop one');
  command.argument('[action]', 'list, reset or drop', 'list').argument('[client]', 'the client code');
  command.option('--json', 'print as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
Dropped, a client code is as if nobody had ever used it; reset, it keeps its
readings, pace, faults and tokens, and loses its profiles, batches, counts and
journal entries.

Examples:
  tpe clients                      how many profiles and batches each owns
  tpe clients reset demo
  tpe clients drop demo --url http://127.0.0.1:9000`,
    )
    .action(async (action: string, client?: string) => {
      await run((context) => {
        const given = givenOptions(command, FIELDS, context.environment);
        const { url, controlToken: token } = checkedOptions(clientsOptionsSchema, FIELDS, given, 'tpe clients');
        const asking = { url: emulatorUrl(url, context.environment), token, signal: context.signal };
        const json = command.opts<{ json?: boolean }>().json === true;
        if (action === 'list' && client === undefined) return list(asking, json, context);
        const change = action === 'reset' ? RESET : action === 'drop' ? DROP : undefined;
        if (change === undefined || client === undefined) throw usage();
        return changeOne(change, client, asking, json, context);
      });
    });
}

interface Asking {
  readonly url: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

const RESET = { operation: clientOperations.resetClient, done: 'Reset' };
const DROP = { operation: clientOperations.dropClient, done: 'Dropped' };

async function list(asking: Asking, json: boolean, context: Context): Promise<ExitCode> {
  const sizes = await askControlApi({ ...asking, operation: clientOperations.sizes, args: [] });
  if (json) printJson(context, sizes);
  else context.stdout.write(sizes.clients.length === 0 ? 'No client code is in use.\n' : table(sizes, context));
  return EXIT_CODES.done;
}

type Sizes = NonNullable<(typeof clientOperations.sizes)['typed']>['reply'];

function table({ clients, exact }: Sizes, { style }: Context): string {
  const columns = [
    { head: 'client' },
    { head: 'profiles', align: 'right' as const },
    { head: 'batches', align: 'right' as const },
  ];
  const rows = printableIn(clients).map(({ client, profiles, batches }) => [
    client,
    `${exact ? '' : 'about '}${profiles}`,
    String(batches),
  ]);
  return renderTable(columns, rows, style);
}

async function changeOne(
  { operation, done }: typeof RESET | typeof DROP,
  client: string,
  asking: Asking,
  json: boolean,
  context: Context,
): Promise<ExitCode> {
  await askControlApi({ ...asking, operation, args: [client] });
  if (json) printJson(context, { client, done: done.toLowerCase() });
  else context.stdout.write(`${done} ${client}.\n`);
  return EXIT_CODES.done;
}

const usage = () =>
  new Problem('Say list, reset CLIENT or drop CLIENT', { reason: 'usage', code: 'usage', next: 'tpe clients --help' });
