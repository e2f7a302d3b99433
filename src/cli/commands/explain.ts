/** `tpe explain`: asks a running emulator who wrote a profile's attributes, or what became of a row, and why. */
import { z } from 'zod';
import { explainOperations } from '../../server/harness/explain-operations.ts';
import type { profileExplanation, rowExplanation } from '../../server/harness/replies.ts';
import { visitorIdKind } from '../../server/harness/visitor-ids.ts';
import { controlFields, runningEmulator } from '../ask-control-api.ts';
import { defineCommand } from '../define-command.ts';
import { linesText, printable, printableIn, shortened, type Style } from '../printable.ts';
import { Problem, wrongUsage } from '../problem.ts';
import { citedRulesText } from '../rules-cited.ts';
import { renderTable } from '../table.ts';

const explainOptionsSchema = z.strictObject({
  ...controlFields,
  client: z.string().min(1).optional().describe("The account's client code."),
  id: z.string().min(1).optional().describe("The profile's id."),
  kind: visitorIdKind().default('thirdPartyId').describe('What the id is; mbox3rdPartyId is thirdPartyId.'),
  attribute: z.string().min(1).optional().describe('Only this attribute.'),
  batch: z.string().min(1).optional().describe('Batch id, to explain one of its rows instead.'),
  row: z.int().min(1).optional().describe('Data row of the batch, from 1.'),
});

export const explainCommand = defineCommand({
  name: 'explain',
  description: 'tell who wrote an attribute, or what a row did, and why',
  schema: explainOptionsSchema,
  variables: ['url', 'client', 'controlToken'],
  help: `
Asks an emulator that runs; give --client and --id, or --batch and --row.

Examples:
  tpe explain --client demo --id C-1
  tpe explain --client demo --kind pcId --id 123 --attribute param1
  tpe explain --batch demo-1767225600000-12345678 --row 3 --json`,
  async does({ options, tell }, context) {
    const { client, kind, id, attribute, batch, row } = options;
    const { ask, url } = runningEmulator(options, context);
    const { style } = context;
    const ofProfile = id !== undefined || attribute !== undefined;
    if (ofProfile && (batch !== undefined || row !== undefined)) {
      const message = 'Ask for a profile, with --client and --id, or for a row, with --batch and --row: not for both';
      throw wrongUsage('tpe explain', message, 'bad-option');
    }
    if (batch !== undefined && row !== undefined) {
      const found = await ask(explainOperations.explainRow, batch, row);
      return tell(found, () => rowText(printableIn(found), style));
    }
    if (client === undefined || id === undefined) {
      const message = 'Say whose profile with --client and --id, or which row with --batch and --row';
      throw wrongUsage('tpe explain', message, 'bad-option');
    }
    const found = await ask(explainOperations.explain, client, { kind, value: id }, attribute);
    const { attributes, customerAttributes, overridden } = found;
    if (attribute !== undefined && attributes.length + customerAttributes.length + overridden.length === 0) {
      const message = `${url}: ${kind} ${id} of ${client} holds no attribute ${attribute}`;
      throw new Problem(message, { reason: 'usage', code: 'unknown-attribute' });
    }
    return tell(found, () => profileText(`${kind} ${id} of ${client}`, attribute, printableIn(found), style));
  },
});

const VALUE_LENGTH = 40;

function profileText(
  whose: string,
  asked: string | undefined,
  { attributes, customerAttributes, overridden, rules, waitsUntil }: z.output<ReturnType<typeof profileExplanation>>,
  style: Style,
): string {
  const written = attributes.map(({ name, value, visible, layer, modifiedAt, batchId, row, rule }) => [
    shortened(name, VALUE_LENGTH),
    shortened(value, VALUE_LENGTH),
    visible || layer === 'session' ? layer : `${layer}, covered`,
    layer === 'session' ? `waits until\n${modifiedAt}` : `${modifiedAt}\nby ${placeText(batchId, row)}`,
    rule ?? (layer === 'session' ? 'mrg-memory' : '-'),
  ]);
  const brought = customerAttributes.map(({ name, value, visible, modifiedAt, source, file, row }) => [
    shortened(name, VALUE_LENGTH),
    shortened(value, VALUE_LENGTH),
    `customer attributes${visible ? '' : ', not shown'}`,
    `${modifiedAt}\nby ${source === null ? 'a file not kept' : `${source}, ${file}`} row ${row}`,
    'ca-preload',
  ]);
  const rows = [...written, ...brought];
  const lost = overridden.map(
    ({ name, batchId, row, by, byRow }) =>
      `  ${name} of ${placeText(batchId, row)}, by ${placeText(by, byRow)} (v2-override-caveat)`,
  );
  const text = linesText(
    style.bold(printable(whose)),
    waitsUntil !== undefined &&
      `A fetch finds none yet: a call created it, and it waits until ${waitsUntil} (mrg-memory).`,
    rows.length === 0
      ? `It holds no ${asked === undefined ? 'attributes' : `attribute ${printable(asked)}`}.`
      : renderTable(['attribute', 'value', 'layer', 'written', 'rule'], rows, style).trimEnd(),
    lost.length > 0 && ['', style.red('Overridden'), ...lost],
  );
  return text + citedRulesText(rules, style);
}

function rowText(found: z.output<ReturnType<typeof rowExplanation>>, style: Style): string {
  const { batchId, client, api, cells, cellCount, attributes, diagnostics, rules, id } = found;
  const states = new Map(attributes?.map(({ name, state, by }) => [name, stateText(state, by)]));
  const rows = cells?.map(({ column, name, raw, value }) => [
    String(column),
    shortened(name ?? '-', VALUE_LENGTH),
    shortened(raw, VALUE_LENGTH),
    value === null ? 'not decodable' : shortened(value, VALUE_LENGTH),
    (name !== null && states.get(name)) || '',
  ]);
  const more = (cellCount ?? 0) - (cells?.length ?? 0);
  const text = linesText(
    style.bold(`${found.message} (${found.rule ?? '-'})`),
    `${client} ${api} batch ${batchId}${id === null ? '' : `, id ${id}`}`,
    rows === undefined
      ? 'Its cells are not kept any more.'
      : renderTable(['column', 'name', 'as read', 'value', 'now'], rows, style).trimEnd(),
    more > 0 && `and ${more} more cells`,
    diagnostics.map(({ rule, column }) => `Noted: ${rule}${column === undefined ? '' : `, column ${column}`}`),
  );
  return text + citedRulesText(rules, style);
}

function stateText(state: string, by?: { readonly batchId: string | null; readonly row: number | null }): string {
  if (state === 'gone') return 'gone: by lim-64k-evict, its lifetime or a deletion';
  return by === undefined ? state : `${state} by ${placeText(by.batchId, by.row)}`;
}

function placeText(batchId: string | null, row: number | null): string {
  if (batchId === null) return row === null ? 'no batch' : `row ${row} of another batch`;
  return row === null ? batchId : `${batchId} row ${row}`;
}
