/** `tpe sources`: sources of customer attributes and their files, in a running emulator. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { controlTokenField } from '../../server/harness/judged-fields.ts';
import { sourceOperations, sourceSchema } from '../../server/harness/source-operations.ts';
import { type Ask, emulatorUrlField, runningEmulator } from '../ask-control-api.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { assertNoDirectory } from '../named-file.ts';
import { counted, printableIn } from '../printable.ts';
import { wrongUsage } from '../problem.ts';
import { asTyped } from '../shell-word.ts';
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
  json: 'print the answer as JSON',
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
    const act: Act | undefined = Object.entries(ACTIONS).find(([name]) => name === action)?.[1];
    if (act === undefined || (action !== 'list' && alias === undefined) || (action === 'put' && file === undefined))
      throw usage('Say list, show ALIAS, add ALIAS, put ALIAS FILE or delete ALIAS');
    const { ask } = runningEmulator(options, context);
    const { json, text, code } = await act({ ...options, ask, alias: alias ?? '', file: file ?? '', context });
    tell(json, () => `${text}\n`);
    return code;
  },
});

interface Task extends z.output<typeof optionsSchema> {
  readonly ask: Ask;
  readonly alias: string;
  readonly file: string;
  readonly context: Context;
}
interface Answer {
  readonly json: unknown;
  readonly text: string;
  readonly code?: ExitCode;
}

type Act = (task: Task) => Promise<Answer>;

const { sources, setSource, deleteSource, files, upload } = sourceOperations;

const ACTIONS = {
  async list(task) {
    const json = await task.ask(sources, task.client);
    const rows = json.sources.map(({ alias, name, account, attributes: all }) => [
      alias,
      name,
      account,
      schemaText(all),
    ]);
    const columns = ['alias', 'name', 'account', 'attributes'];
    return {
      json,
      text:
        rows.length === 0
          ? `No source yet: ${asTyped('tpe sources add ALIAS', task.context.environment.command)}`
          : table(task, columns, rows),
    };
  },
  async show(task) {
    const json = await task.ask(files, task.client, task.alias);
    const rows = json.files.map((file) => [`${file.file}`, file.name, file.status, `${file.rows}`, whyText(file)]);
    const columns = ['file', 'name', 'status', 'rows', 'why'];
    return { json, text: rows.length === 0 ? 'No file yet.' : table(task, columns, rows) };
  },
  async add(task) {
    const password = task.context.environment.option('TPE_SFTP_PASSWORD');
    const keys = task.key === undefined ? undefined : [readFileSync(assertNoDirectory(task.key), 'utf8').trim()];
    const { name, subscribed } = task;
    const json = await task.ask(setSource, task.client, task.alias, { name, subscribed, password, keys });
    const told = json.password === undefined ? '' : `, with the password ${json.password} (told once)`;
    return { json, text: `${json.alias} is ready; its SFTP account is ${json.account}${told}.` };
  },
  async put(task) {
    const content = readFileSync(assertNoDirectory(task.file));
    const json = await task.ask(upload, task.client, task.alias, basename(task.file), content);
    const isBad = json.status === 'failed';
    const text = isBad
      ? whyText(json)
      : `${counted(json.rows, 'row')}, ${json.createdRecords} new, ${json.skippedRows} left out${json.loss ? `, ${whyText(json)}` : ''}`;
    const code = isBad ? EXIT_CODES.refused : EXIT_CODES.done;
    return { json, text: `${json.name}: ${json.status}; ${text}`, code };
  },
  async delete(task) {
    await task.ask(deleteSource, task.client, task.alias);
    return { json: { deleted: task.alias }, text: `${task.alias} is deleted; its alias stays taken.` };
  },
} satisfies Readonly<Record<string, Act>>;

const table = ({ context }: Task, columns: readonly string[], rows: readonly string[][]) =>
  renderTable(columns, printableIn(rows), context.style).trimEnd();

const schemaText = (attributes: readonly { readonly name: string; readonly type: string }[] | null) =>
  attributes?.map(({ name, type }) => (type === 'string' ? name : `${name} (${type})`)).join(', ') ??
  'made by its first file';

/** Why it has failed, or what a fault has made of it. */
export function whyText({ fault, loss }: ToldFile): string {
  if (fault !== undefined)
    return `${fault.row === undefined ? '' : fault.row === 0 ? 'header row: ' : `row ${fault.row}: `}${fault.message} (${fault.rule})`;
  return loss === undefined ? '' : `${loss.count} lost on purpose (${loss.rule})`;
}

type ToldFile = NonNullable<(typeof upload)['typed']>['reply'];

const usage = (message: string) => wrongUsage('tpe sources', message);
