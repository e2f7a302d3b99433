/** `tpe explain`: asks a running emulator who wrote a profile's attributes, or what became of a row, and why. */
import { Command } from 'commander';
import { z } from 'zod';
import { controlTokenField } from '../../server/harness/control-token.ts';
import { explainOperations } from '../../server/harness/explain-operations.ts';
import type { profileExplanation, rowExplanation } from '../../server/harness/replies.ts';
import { visitorIdKind } from '../../server/harness/visitor-ids.ts';
import type { Emulator } from '../../server/index.ts';
import { askControlApi, emulatorUrl } from '../ask-control-api.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { printable, shortened } from '../printable.ts';
import { Problem } from '../problem.ts';
import { citedRulesText } from '../rules-cited.ts';
import { fieldsOf } from '../schema-fields.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

const explainOptionsSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The emulator. Default: http://127.0.0.1 with the port of TPE_PORT, or 8181.'),
  controlToken: controlTokenField,
  client: z.string().min(1).optional().describe("The account's client code."),
  id: z.string().min(1).optional().describe("The profile's id."),
  kind: visitorIdKind.default('thirdPartyId').describe('What the id is; mbox3rdPartyId is thirdPartyId.'),
  attribute: z.string().min(1).optional().describe('Only this attribute.'),
  batch: z.string().min(1).optional().describe('Batch id, to explain one of its rows instead.'),
  row: z.int().min(1).optional().describe('Data row of the batch, from 1.'),
});
const FIELDS = fieldsOf(explainOptionsSchema, (name) => ['url', 'client', 'controlToken'].includes(name));
type ExplainOptions = z.output<typeof explainOptionsSchema>;

export function explainCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('explain').description('tell who wrote an attribute, or what a row did, and why');
  command.option('--json', 'print the explanation as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
Asks an emulator that runs; give --client and --id, or --batch and --row.

Examples:
  tpe explain --client demo --id C-1
  tpe explain --client demo --kind pcId --id 123 --attribute param1
  tpe explain --batch demo-1767225600000-12345678 --row 3 --json`,
    )
    .action(async () => {
      await run((context) => {
        const given = givenOptions(command, FIELDS, context.environment);
        const options = checkedOptions(explainOptionsSchema, FIELDS, given, 'tpe explain');
        return explain(options, command.opts<{ json?: boolean }>().json === true, context);
      });
    });
}

function explain(options: ExplainOptions, json: boolean, context: Context): Promise<ExitCode> {
  const { client, id, batch, row } = options;
  if (batch !== undefined && row !== undefined) return explainRow(options, json, context);
  if (client !== undefined && id !== undefined) return explainProfile(options, json, context);
  const message = 'Say whose profile with --client and --id, or which row with --batch and --row';
  throw new Problem(message, { reason: 'usage', code: 'bad-option', next: 'tpe explain --help' });
}

async function explainProfile(options: ExplainOptions, json: boolean, context: Context): Promise<ExitCode> {
  const { client = '', kind, id = '', attribute, controlToken: token } = options;
  const args: Parameters<Emulator['explain']> = [client, { kind, value: id }, attribute];
  const url = emulatorUrl(options.url, context.environment);
  const found = await askControlApi({ url, operation: explainOperations.explain, args, token, signal: context.signal });
  if (json) printJson(context, found);
  else context.stdout.write(profileText(`${kind} ${id} of ${client}`, found, attribute, context.style));
  return EXIT_CODES.done;
}

async function explainRow(options: ExplainOptions, json: boolean, context: Context): Promise<ExitCode> {
  const { batch = '', row = 0, controlToken: token } = options;
  const args: Parameters<Emulator['explainRow']> = [batch, row];
  const url = emulatorUrl(options.url, context.environment);
  const found = await askControlApi({
    url,
    operation: explainOperations.explainRow,
    args,
    token,
    signal: context.signal,
  });
  if (json) printJson(context, found);
  else context.stdout.write(rowText(found, context.style));
  return EXIT_CODES.done;
}

const VALUE_LENGTH = 40;

type ProfileExplanationJson = z.output<ReturnType<typeof profileExplanation>>;
type RowExplanationJson = z.output<ReturnType<typeof rowExplanation>>;

function profileText(
  whose: string,
  { attributes, overridden, rules }: ProfileExplanationJson,
  asked: string | undefined,
  style: Style,
): string {
  const columns = ['attribute', 'value', 'layer', 'written', 'rule'].map((head) => ({ head }));
  const rows = attributes.map(({ name, value, visible, layer, modifiedAt, batchId, row, rule }) => [
    shortened(name, VALUE_LENGTH),
    shortened(value, VALUE_LENGTH),
    visible ? layer : `${layer}, covered`,
    `${modifiedAt}\nby ${placeText(batchId, row)}`,
    rule ?? '-',
  ]);
  const none = asked === undefined ? 'It holds no attributes.\n' : `It holds no attribute ${printable(asked)}.\n`;
  const lost = overridden.map(
    ({ name, batchId, row, by, byRow }) =>
      `  ${printable(name)} of ${placeText(batchId, row)}, by ${placeText(by, byRow)} (v2-override-caveat)\n`,
  );
  return [
    `${style.bold(printable(whose))}\n`,
    rows.length === 0 ? none : renderTable(columns, rows, style),
    ...(lost.length === 0 ? [] : [`\n${style.red('Overridden')}\n`, ...lost]),
    citedRulesText(rules, style),
  ].join('');
}

function rowText(found: RowExplanationJson, style: Style): string {
  const { batchId, client, api, cells, cellCount, attributes, diagnostics, rules, id } = found;
  const states = new Map(attributes?.map(({ name, state, by }) => [name, stateText(state, by)]));
  const rows = cells?.map(({ column, name, raw, value }) => [
    String(column),
    shortened(name ?? '-', VALUE_LENGTH),
    shortened(raw, VALUE_LENGTH),
    value === null ? 'not decodable' : shortened(value, VALUE_LENGTH),
    (name !== null && states.get(name)) || '',
  ]);
  const columns = ['column', 'name', 'as read', 'value', 'now'].map((head) => ({ head }));
  const more = (cellCount ?? 0) - (cells?.length ?? 0);
  return [
    `${style.bold(printable(`${found.message} (${found.rule ?? '-'})`))}\n`,
    `${client} ${api} batch ${batchId}${id === null ? '' : `, id ${printable(id)}`}\n`,
    rows === undefined ? 'Its cells are not kept any more.\n' : renderTable(columns, rows, style),
    more > 0 ? `and ${more} more cells\n` : '',
    ...diagnostics.map(({ rule, column }) => `Noted: ${rule}${column === undefined ? '' : `, column ${column}`}\n`),
    citedRulesText(rules, style),
  ].join('');
}

type By = { readonly batchId: string | null; readonly row: number | null } | undefined;

function stateText(state: string, by: By): string {
  return by === undefined ? state : `${state} by ${placeText(by.batchId, by.row)}`;
}

function placeText(batchId: string | null, row: number | null): string {
  if (batchId === null) return row === null ? 'no batch' : `row ${row} of another batch`;
  return row === null ? batchId : `${batchId} row ${row}`;
}
