/** `tpe sources`: sources of customer attributes and their files, in a running emulator. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { faultText } from '../../protocol/vocabulary/index.ts';
import { controlTokenField } from '../../server/harness/judged-fields.ts';
import { sourceOperations, sourceSchema } from '../../server/harness/source-operations.ts';
import { emulatorUrlField, runningEmulator } from '../ask-control-api.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, wrongUsage } from '../problem.ts';
import { assertNoDirectory, readNamedFile } from '../named-file.ts';
import { asTyped, counted, printable, printableIn } from '../printable.ts';
import { renderTable } from '../table.ts';

const optionsSchema = z.strictObject({
  url: emulatorUrlField,
  client: z.string().min(1).describe("The account's client code."),
  controlToken: controlTokenField,
  name: sourceSchema().shape.name,
  subscribed: z.array(z.string()).optional().describe('Attributes that Target is subscribed to; all unless told.'),
  key: z.string().optional().describe('File of a public key of its SFTP account.'),
});

export const sourcesCommand = defineCommand({
  name: 'sources',
  description: 'make, list and feed sources of customer attributes',
  words: [
    ['[action]', 'list, show, add, put or delete (default: list)'],
    ['[alias]', "the source's alias id"],
    ['[file]', 'to put: a .csv, .csv.gz or .csv.zip'],
  ],
  schema: optionsSchema,
  variables: ['url', 'controlToken', 'client'],
  help: `
The account that files are sent to by SFTP (tpe serve --sftp-port) has a
password: the one of TPE_SFTP_PASSWORD, or one that is made and told once.

Examples:
  tpe sources add crm --client demo --name CRM
  tpe sources put crm crm.csv --client demo    says what became of the file
  tpe sources show crm --client demo           its files, and why one failed`,
  async does({ options, words: [action = 'list', alias, file], tell }, context) {
    const { client, name, subscribed, key } = options;
    const { ask } = runningEmulator(options, context);
    const table = (none: string, columns: readonly string[], rows: readonly (readonly string[])[]) =>
      rows.length === 0 ? `${none}\n` : renderTable(columns, printableIn(rows), context.style);
    if (action === 'list') {
      const json = await ask(sources, client);
      const none = `No source yet: ${asTyped('tpe sources add ALIAS', context.environment.command)}`;
      const rows = json.sources.map((each) => [each.alias, each.name, each.account, schemaText(each.attributes)]);
      return tell(json, () => table(none, ['alias', 'name', 'account', 'attributes'], rows));
    }
    if (alias === undefined || (action === 'put' && file === undefined)) throw wrongAction();
    switch (action) {
      case 'show': {
        const json = await ask(files, client, alias);
        const rows = json.files.map((each) => [`${each.file}`, each.name, each.status, `${each.rows}`, whyText(each)]);
        return tell(json, () => table('No file yet.', ['file', 'name', 'status', 'rows', 'why'], rows));
      }
      case 'add': {
        const password = context.environment.option('TPE_SFTP_PASSWORD');
        const keys = key === undefined ? undefined : [(await readNamedFile(key)).trim()];
        const json = await ask(setSource, client, alias, { name, subscribed, password, keys });
        const told = json.password === undefined ? '' : `, with the password ${json.password} (told once)`;
        const line = printable(`${json.alias} is ready; its SFTP account is ${json.account}${told}.`);
        return tell(json, () => `${line}\n`);
      }
      case 'put': {
        const content = readFileSync(assertNoDirectory(file!));
        const json = await ask(upload, client, alias, basename(file!), content);
        const isBad = json.status === 'failed';
        const outcome = `${json.name}: ${json.status}; ${isBad ? whyText(json) : takenText(json)}`;
        tell(json, () => `${printable(outcome)}\n`);
        return isBad ? EXIT_CODES.refused : EXIT_CODES.done;
      }
      case 'delete':
        await ask(deleteSource, client, alias);
        return tell({ deleted: alias }, () => `${alias} is deleted; its alias stays taken.\n`);
      default:
        throw wrongAction();
    }
  },
});

const { sources, setSource, deleteSource, files, upload } = sourceOperations;

const wrongAction = () => wrongUsage('tpe sources', 'Say list, show ALIAS, add ALIAS, put ALIAS FILE or delete ALIAS');

const schemaText = (attributes: readonly { readonly name: string; readonly type: string }[] | null) =>
  attributes?.map(({ name, type }) => (type === 'string' ? name : `${name} (${type})`)).join(', ') ??
  'made by its first file';

type ToldFile = NonNullable<(typeof upload)['typed']>['reply'];

const takenText = (file: ToldFile) =>
  `${counted(file.rows, 'row')}, ${file.createdRecords} new, ${file.skippedRows} left out${file.loss ? `, ${whyText(file)}` : ''}`;

/** Why it has failed, or what a fault has made of it. */
export function whyText({ fault, loss }: ToldFile): string {
  if (fault === undefined) return loss === undefined ? '' : `${loss.count} lost on purpose (${loss.rule})`;
  return `${faultText(fault)} (${fault.rule})`;
}
