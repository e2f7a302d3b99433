/** `tpe compare`: one file through v1, through v2 and as customer attributes, over the same profiles, and every difference with its rule. */
import { z } from 'zod';
import { inputOptionsSchema } from '../../client/index.ts';
import { compareVersions, type CompareInput, type CompareOptions, type FileRefused } from '../../compare/index.ts';
import { serveOptionsSchema } from '../../server/index.ts';
import { writeComparisonPage } from '../comparison-page.ts';
import { comparisonText } from '../compare-report.ts';
import { printJson, type Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES } from '../exit-code.ts';
import { tellRefused } from '../input-report.ts';
import { MAP_FIELDS, withMappingFile } from '../mapping-file.ts';
import { commandAgain } from '../next-command.ts';
import { printable } from '../printable.ts';
import { Problem } from '../problem.ts';
import { readProfilesFile } from '../profiles-file.ts';
import { defined } from '../../server/harness/as-json.ts';
import { fieldsOf } from '../schema-fields.ts';

const readingsSchema = serveOptionsSchema.pick({
  body: true,
  byteOrderMark: true,
  surplusCells: true,
  locationHint: true,
  consecutiveV2: true,
  illegalIds: true,
});
const compareOptionsSchema = z.strictObject({
  profiles: z.string().min(1).optional().describe('NDJSON file of profiles that exist before, one object a line.'),
  html: z
    .string()
    .min(1)
    .optional()
    .describe('Also write it as one self-contained page that opens anywhere; - for standard output.'),
  ...inputOptionsSchema.shape,
  ...readingsSchema.shape,
});
const FIELDS = [...fieldsOf(compareOptionsSchema, (name) => name !== 'profiles' && name !== 'html'), ...MAP_FIELDS];

/** Differing rows, and differing profiles, listed without --all. */
const LISTED = 20;
/** The same in a page, where there is room. */
const PAGE_LISTED = 500;
/** Attributes of each differing profile that the table lists without --all. */
const ATTRIBUTES_LISTED = 5;

export const compareCommand = defineCommand({
  name: 'compare',
  description: 'send one file through v1, v2 and as customer attributes, and show every difference',
  words: [['<file>', 'an export, CSV or NDJSON, or a batch file starting with batch=; - for standard input']],
  switches: { '--all': `list every difference, not only the first ${LISTED}` },
  json: 'print the comparison as JSON',
  schema: compareOptionsSchema,
  fields: FIELDS,
  complete: withMappingFile,
  help: `
Runs in memory and sends nothing anywhere. The client codes of --profiles do not
matter. As customer attributes, what these profiles hold in columns of the file
an earlier file had said. Exits 0 whether or not anything differs, 3 when the
file is faulty or the API would refuse it.

Examples:
  tpe compare samples/crm-export.csv --profiles samples/crm-profiles.ndjson \\
    --id-column customer_id --on-problem skip
  tpe compare samples/documented-sample.txt --json | jq .differingRows.count
  tpe compare samples/documented-sample.txt --html v1-against-v2.html`,
  async does(called, context) {
    const { options, json, isOn, typed, words, tell } = called;
    const [file = '-'] = words;
    const { profiles: profilesFile, html, ...rest } = options;
    const all = isOn('all');
    const typedCommand = { line: 'tpe compare', files: file, fields: FIELDS, given: typed, json };
    const command = commandAgain(typedCommand, context, all ? ' --all' : '');
    const groups = profilesFile === undefined ? [] : await readProfilesFile(profilesFile, options.illegalIds);
    const compareOptions: CompareOptions = {
      ...defined(inputOptionsSchema.strip().parse(rest)),
      readings: defined(readingsSchema.strip().parse(rest)),
      profiles: groups.flatMap(({ profiles }) => profiles),
      differencesMax: all ? Infinity : html === undefined ? LISTED : PAGE_LISTED,
      signal: context.signal,
    };
    const result = await compareVersions(file === '-' ? await heldInput(context) : file, compareOptions);
    switch (result.kind) {
      case 'comparison':
        if (html !== undefined) await writeComparisonPage(html, result, context);
        if (html === '-') return EXIT_CODES.done;
        tell(result, () => comparisonText(result, all ? Infinity : ATTRIBUTES_LISTED, context.style));
        return EXIT_CODES.done;
      case 'input-refused':
        return tellRefused(result, { json, command }, context);
      case 'file-refused':
        if (json) printJson(context, { ...result, exitCode: EXIT_CODES.invalidInput });
        else context.stderr.write(refusedText(result, context));
        return EXIT_CODES.invalidInput;
      default:
        return result satisfies never;
    }
  },
});

/** Both versions read it, so it is held; a file of any size has a path. */
async function heldInput({ stdin }: Context): Promise<CompareInput> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin() as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > STDIN_BYTES_MAX) {
      const message = `Standard input has more than ${STDIN_BYTES_MAX} bytes: write it to a file first`;
      throw new Problem(message, { reason: 'invalidInput', code: 'input-too-large' });
    }
    chunks.push(chunk);
  }
  return { name: 'stdin', open: () => ReadableStream.from(chunks) };
}

const STDIN_BYTES_MAX = 256 * 1024 * 1024;

function refusedText({ input, refusals }: FileRefused, { errorStyle }: Context): string {
  return refusals
    .map(({ api, rule, message }) => {
      const why = rule === undefined ? '' : ` (${rule})`;
      return `${errorStyle.red('refused')}  ${printable(input)} by ${api}: ${printable(message)}${why}\n`;
    })
    .join('');
}
