/** `tpe ca`: the certificate that clients of the emulator's https have to trust, and how each is told to. */
import { Command } from 'commander';
import { z } from 'zod';
import { emulatorUrl, emulatorUrlField, noAnswer } from '../ask-control-api.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { Problem } from '../problem.ts';
import { fieldsOf } from '../schema-fields.ts';
import { trustLines } from '../trust-lines.ts';

const caOptionsSchema = z.strictObject({
  url: emulatorUrlField,
  how: z.boolean().default(false).describe('Print what each kind of client needs, in place of the certificate.'),
});
const FIELDS = fieldsOf(caOptionsSchema, (name) => name === 'url');

/** And nothing else of what was answered: it goes to a terminal. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g;

const FILE = 'tpe-ca.pem';
const REPLY_TIMEOUT_MS = 30_000;

export function caCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('ca').description("print the CA of the emulator's https, to be trusted by clients");
  command.option('--json', 'print it as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
The certificate belongs to a CA that is made on this machine when TLS is first
spoken, and kept in the data directory with its key, for you alone to read.

Examples:
  tpe ca > ${FILE}                        of http://127.0.0.1:8181
  tpe ca --how                               the lines that each client needs
  curl --cacert ${FILE} -x http://127.0.0.1:8181 https://demo.tt.omtrdc.net/…`,
    )
    .action(async () => {
      await run((context) => {
        const given = givenOptions(command, FIELDS, context.environment);
        const options = checkedOptions(caOptionsSchema, FIELDS, given, 'tpe ca');
        const json = command.opts<{ json?: boolean }>().json === true;
        if (options.how) return printHow(json, context);
        return printCa(emulatorUrl(options.url, context.environment), json, context);
      });
    });
}

async function printHow(json: boolean, context: Context): Promise<ExitCode> {
  const clients = trustLines(`$PWD/${FILE}`);
  if (json) {
    printJson(context, { clients });
    return EXIT_CODES.done;
  }
  const { bold, dim } = context.style;
  const blocks = clients.map(({ client, lines, note }) =>
    [bold(client), ...lines.map((line) => `  ${line}`), ...(note === undefined ? [] : [`  ${dim(note)}`])].join('\n'),
  );
  const first = [`First, once: ${context.environment.command} ca > ${FILE}`, 'Then, for the client in question:'];
  context.stdout.write(`${[first.join('\n'), ...blocks].join('\n\n')}\n`);
  return EXIT_CODES.done;
}

async function printCa(url: string, json: boolean, context: Context): Promise<ExitCode> {
  const ca = await askedCa(url, context.signal);
  if (json) printJson(context, { url, ca });
  else context.stdout.write(`${ca}\n`);
  return EXIT_CODES.done;
}

async function askedCa(url: string, signal: AbortSignal): Promise<string> {
  let reply: Response;
  try {
    reply = await fetch(new URL('/__emulator/ca.pem', url), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(REPLY_TIMEOUT_MS)]),
      redirect: 'error',
    });
  } catch (cause) {
    const { reason, next } = noAnswer(url, cause, REPLY_TIMEOUT_MS);
    const message = `The emulator at ${url} cannot be asked: ${reason}`;
    throw new Problem(message, { reason: 'temporary', code: 'not-ready', next, cause });
  }
  const text = await reply.text();
  const certificates = reply.ok ? text.match(CERTIFICATE) : null;
  if (certificates !== null) return certificates.join('\n');
  const message = `${url} answered ${reply.status} and no certificate: it is no emulator, or its tls folder cannot be used`;
  throw new Problem(message, { reason: 'usage', code: 'unexpected-answer' });
}
