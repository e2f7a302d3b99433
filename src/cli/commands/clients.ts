/** `tpe clients`: the client codes of a running emulator, listed, emptied or dropped. */
import { z } from 'zod';
import { clientOperations } from '../../server/harness/client-operations.ts';
import { faultOperations } from '../../server/harness/fault-operations.ts';
import { controlFields, runningEmulator } from '../ask-control-api.ts';
import { defineCommand } from '../define-command.ts';
import { printableIn, type Style } from '../printable.ts';
import { Problem, wrongUsage } from '../problem.ts';
import { renderTable, right } from '../table.ts';

export const clientsCommand = defineCommand({
  name: 'clients',
  description: 'list the client codes of a running emulator, reset or drop one',
  words: [
    ['[action]', 'list, reset or drop (default: list)'],
    ['[client]', 'the client code'],
  ],
  schema: z.strictObject(controlFields),
  variables: ['url', 'controlToken'],
  help: `
Dropped, a client code is as if nobody had ever used it; reset, it keeps its
readings, pace, faults and tokens, and loses its profiles, batches, counts and
journal entries.

Examples:
  tpe clients                      how many profiles and batches each owns
  tpe clients reset demo
  tpe clients drop demo --url http://127.0.0.1:9000`,
  async does({ options, words: [action = 'list', client], tell }, context) {
    const { ask, url } = runningEmulator(options, context);
    const change = CHANGES.get(action);
    if (client === undefined ? action !== 'list' : change === undefined)
      throw wrongUsage('tpe clients', 'Say list, reset CLIENT or drop CLIENT');
    const sizes = await ask(clientOperations.sizes);
    if (client === undefined || change === undefined) return tell(sizes, () => sizesText(sizes, context.style));
    const known = sizes.clients.map((entry) => entry.client);
    // Faults may be set before the client code is used.
    if (!known.includes(client) && Object.keys(await ask(faultOperations.get, client)).length === 0) {
      const more = known.length > KNOWN_NAMED ? ', …' : '';
      const message = `${url} has no client code ${client}; known: ${known.slice(0, KNOWN_NAMED).join(', ') || 'none'}${more}`;
      throw new Problem(message, { reason: 'usage', code: 'unknown-client' });
    }
    await ask(change.operation, client);
    return tell({ client, done: change.done.toLowerCase() }, () => `${change.done} ${client}.\n`);
  },
});

const KNOWN_NAMED = 10;

const CHANGES = new Map([
  ['reset', { operation: clientOperations.resetClient, done: 'Reset' }],
  ['drop', { operation: clientOperations.dropClient, done: 'Dropped' }],
]);

type Sizes = NonNullable<(typeof clientOperations.sizes)['typed']>['reply'];

function sizesText({ clients, exact }: Sizes, style: Style): string {
  if (clients.length === 0) return 'No client code is in use.\n';
  const about = exact ? '' : 'about ';
  const rows = printableIn(clients).map((each) => [each.client, `${about}${each.profiles}`, String(each.batches)]);
  return renderTable(['client', right('profiles'), right('batches')], rows, style);
}
