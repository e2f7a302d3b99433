/** `tpe generate`: a CRM export of any size, invented and reproducible, to rehearse with. */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { crmExport, crmProfiles } from '../../sim/workload/crm-export.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES } from '../problem.ts';

const customers = z.int().min(0).max(10_000_000);
const generateOptionsSchema = z.strictObject({
  rows: customers.default(1000).describe('Customers.'),
  seed: z.int().min(0).max(4_294_967_295).default(7).describe('The same seed gives the same bytes.'),
  what: z
    .enum(['export', 'profiles'])
    .default('export')
    .describe('The CSV export, or the profiles that about six in ten of these customers have already (NDJSON).'),
  illegalIds: customers.default(0).describe('How many rows of the export have an id with "/" in it.'),
  client: z.string().min(1).default('demo').describe('Client code that the profiles belong to.'),
});

/** Lines are written in blocks of about this size. */
const BLOCK_CHARACTERS = 64 * 1024;

export const generateCommand = defineCommand({
  name: 'generate',
  description: 'write an invented CRM export to standard output',
  json: 'accepted everywhere; here it changes only how errors are told',
  schema: generateOptionsSchema,
  help: `
Examples:
  tpe generate --rows 100000 > crm.csv
  tpe generate --rows 100000 --what profiles > profiles.ndjson
  tpe generate --rows 50 --illegal-ids 2 | tpe check - --id-column customer_id`,
  async does({ options }, context) {
    const lines = options.what === 'export' ? crmExport(options) : crmProfiles(options);
    let block = '';
    for (const line of lines) {
      block += line;
      if (block.length < BLOCK_CHARACTERS) continue;
      // The reader sets the pace; what is wrong with the pipe is told to others.
      if (!context.stdout.write(block)) await once(context.stdout, 'drain').catch(() => undefined);
      // A file takes every block at once: without a turn of its own no signal would be heard.
      await setImmediate();
      block = '';
      if (context.unread.aborted) return EXIT_CODES.done;
      if (context.signal.aborted) return EXIT_CODES.interrupted;
    }
    context.stdout.write(block);
    return EXIT_CODES.done;
  },
});
