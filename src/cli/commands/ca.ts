/** `tpe ca`: the certificate that clients of the emulator's https have to trust, and how each is told to. */
import { z } from 'zod';
import { emulatorUrlField, foreign, runningEmulator } from '../ask-control-api.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { type TrustLines, trustLines } from '../trust-lines.ts';

/** And nothing else of what was answered: it goes to a terminal. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g;

const FILE = 'tpe-ca.pem';

export const caCommand = defineCommand({
  name: 'ca',
  description: "print the CA of the emulator's https, to be trusted by clients",
  json: 'print it as JSON',
  schema: z.strictObject({
    url: emulatorUrlField,
    how: z.boolean().default(false).describe('Print what each kind of client needs, in place of the certificate.'),
  }),
  variables: ['url'],
  help: `
The certificate belongs to a CA that is made on this machine when TLS is first
spoken, and kept in the data directory with its key, for you alone to read.

Examples:
  tpe ca > ${FILE}                        of http://127.0.0.1:8181
  tpe ca --how                               the lines that each client needs
  curl --cacert ${FILE} -x http://127.0.0.1:8181 https://demo.tt.omtrdc.net/…`,
  async does({ options, tell }, context) {
    if (options.how) {
      const clients = trustLines(`$PWD/${FILE}`);
      tell({ clients }, () => howText(clients, context));
      return;
    }
    const { url, reach } = runningEmulator(options, context);
    const { status, text } = await reach('/__emulator/ca.pem');
    const certificates = status === 200 ? text.match(CERTIFICATE) : null;
    if (certificates === null)
      throw foreign(
        `${url} answered ${status} and no certificate: it is no emulator, or its tls folder cannot be used`,
      );
    const ca = certificates.join('\n');
    tell({ url, ca }, () => `${ca}\n`);
  },
});

function howText(clients: readonly TrustLines[], { style, environment }: Context): string {
  const blocks = clients.map(({ client, lines, note }) => {
    const notes = note === undefined ? [] : [style.dim(note)];
    return [style.bold(client), ...[...lines, ...notes].map((line) => `  ${line}`)].join('\n');
  });
  const first = `First, once: ${environment.command} ca > ${FILE}\nThen, for the client in question:`;
  return `${[first, ...blocks].join('\n\n')}\n`;
}
