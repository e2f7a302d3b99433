/** `tpe compare`: one file through v1, through v2 and as customer attributes, over the same profiles, and every difference with its rule. */
import { z } from 'zod';
import { inputOptionsSchema } from '../../client/index.ts';
import { type CompareInput, compareVersions, type FileRefused } from '../../compare/index.ts';
import { defined } from '../../server/harness/as-json.ts';
import { serveOptionsSchema } from '../../server/index.ts';
import { writeComparisonPage, comparisonText } from '../compare-report.ts';
import { type Context, printJson } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, Problem } from '../problem.ts';
import { tellRefused } from '../input-report.ts';
import { MAP_FIELDS, withMappingFile } from '../upload-fields.ts';
import { linesText, printable } from '../printable.ts';
import { readProfilesFile } from '../starting-state.ts';
import { fieldsOf } from '../schema-fields.ts';

const readingsSchema = serveOptionsSchema.pick({
  body: true,
  byteOrderMark: true,
  surplusCells: true,
  locationHint: true,
  consecutiveV2: true,
  illegalIds: true,
});
/** Differing rows, and differing profiles, listed without --all. */
const LISTED = 20;
/** The same in a page, where there is room. */
const PAGE_LISTED = 500;
/** Attributes of each differing profile that the table lists without --all. */
const ATTRIBUTES_LISTED = 5;

const SAID_EACH_TIME: ReadonlySet<string> = new Set(['profiles', 'html', 'all']);
const named = z.string().min(1).optional();
const compareOptionsSchema = z.strictObject({
  profiles: named.describe('NDJSON file of profiles that exist before, one object a line.'),
  html: named.describe('Also write it as one self-contained page that opens anywhere; - for standard output.'),
  all: z.boolean().default(false).describe(`List every difference, not only the first ${LISTED}.`),
  ...inputOptionsSchema.shape,
  ...readingsSchema.shape,
});
const FIELDS = [...fieldsOf(compareOptionsSchema, (name) => !SAID_EACH_TIME.has(name)), ...MAP_FIELDS];

export const compareCommand = defineCommand({
  name: 'compare',
  description: 'send one file through v1, v2 and as customer attributes, and show every difference',
  words: [['<file>', 'an export, CSV or NDJSON, or a batch file starting with batch=; - for standard input']],
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
  async does({ options, json, again, words: [file = '-'], tell }, context) {
    const { profiles, html, all, ...rest } = options;
    const groups = profiles === undefined ? [] : await readProfilesFile(profiles, options.illegalIds);
    const result = await compareVersions(file === '-' ? await heldInput(context) : file, {
      ...defined(inputOptionsSchema.strip().parse(rest)),
      readings: defined(readingsSchema.strip().parse(rest)),
      profiles: groups.flatMap((group) => group.profiles),
      differencesMax: all ? Infinity : html === undefined ? LISTED : PAGE_LISTED,
      signal: context.signal,
    });
    if (result.kind === 'input-refused')
      return tellRefused(result, { json, command: again, undone: '; nothing was compared' }, context);
    if (result.kind === 'file-refused') {
      if (json) printJson(context, { ...result, exitCode: EXIT_CODES.invalidInput });
      else context.stderr.write(refusedText(result, context));
      return EXIT_CODES.invalidInput;
    }
    if (html !== undefined) await writeComparisonPage(html, result, context);
    if (html !== '-') tell(result, () => comparisonText(result, all ? Infinity : ATTRIBUTES_LISTED, context.style));
    return EXIT_CODES.done;
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
  return linesText(
    refusals.map(({ api, rule, message }) => {
      const why = rule === undefined ? '' : ` (${rule})`;
      return `${errorStyle.red('refused')}  ${printable(input)} by ${api}: ${printable(message)}${why}`;
    }),
  );
}
