/** `tpe ca`: the certificate that clients of the emulator's https have to trust, and how each is told to. */
import { z } from 'zod';
import { emulatorUrlField, foreign, runningEmulator } from '../ask-control-api.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { linesText } from '../printable.ts';

/** And nothing else of what was answered: it goes to a terminal. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g;

const FILE = 'tpe-ca.pem';

export const caCommand = defineCommand({
  name: 'ca',
  description: "print the CA of the emulator's https, to be trusted by clients",
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
      return tell({ clients }, () => howText(clients, context));
    }
    const { url, reach } = runningEmulator(options, context);
    const { status, text } = await reach('/__emulator/ca.pem');
    const certificates = status === 200 ? text.match(CERTIFICATE) : null;
    const instead = `${url} answered ${status} and no certificate: it is no emulator, or its tls folder cannot be used`;
    if (certificates === null) throw foreign(instead);
    const ca = certificates.join('\n');
    return tell({ url, ca }, () => `${ca}\n`);
  },
});

function howText(clients: readonly TrustLines[], { style, environment }: Context): string {
  return linesText(
    `First, once: ${environment.command} ca > ${FILE}`,
    'Then, for the client in question:',
    clients.flatMap(({ client, lines, note }) => [
      '',
      style.bold(client),
      ...[...lines, ...(note === undefined ? [] : [style.dim(note)])].map((line) => `  ${line}`),
    ]),
  );
}

type TrustLines = Readonly<{ client: string; lines: readonly string[]; note?: string }>;

/** What each kind of client is told, so that it trusts the CA: as lines to type. `file` is a word of the shell. */
const trustLines = (file: string): readonly TrustLines[] => [
  { client: 'curl', lines: [`curl --cacert ${file} https://…`, `export CURL_CA_BUNDLE=${file}`] },
  {
    client: 'Node (fetch, axios, got, undici)',
    lines: [`export NODE_EXTRA_CA_CERTS=${file}`, 'export NODE_USE_ENV_PROXY=1'],
    note: 'Read when Node starts. The second lets fetch and http heed https_proxy (Node 24 and later).',
  },
  {
    client: 'Python (urllib, http.client, requests, httpx)',
    lines: [`export SSL_CERT_FILE=${file}`, `export REQUESTS_CA_BUNDLE=${file}`],
    note: 'requests reads the second one alone.',
  },
  {
    client: 'Java',
    lines: [
      `keytool -importcert -noprompt -alias tpe -file ${file} -keystore tpe-trust.p12 -storetype PKCS12 -storepass changeit`,
      "export JAVA_TOOL_OPTIONS='-Djavax.net.ssl.trustStore=tpe-trust.p12 -Djavax.net.ssl.trustStorePassword=changeit'",
    ],
    note: 'A trust store of its own: nothing else is trusted while it is set. Delete the file afterwards.',
  },
  { client: 'Go', lines: [`export SSL_CERT_FILE=${file}`], note: 'On Linux; on macOS and Windows Go asks the system.' },
  { client: '.NET', lines: [`export SSL_CERT_FILE=${file}`], note: 'On Linux; on Windows it asks the system.' },
  { client: 'Ruby', lines: [`export SSL_CERT_FILE=${file}`] },
  {
    client: 'wget',
    lines: [
      `wget --ca-certificate=${file} https://…`,
      `echo ca_certificate=${file} > tpe-wgetrc`,
      'export WGETRC=$PWD/tpe-wgetrc',
    ],
    note: 'GNU Wget 1. The second way takes the place of ~/.wgetrc.',
  },
  {
    client: 'Perl (LWP, HTTP::Tiny)',
    lines: [`export PERL_LWP_SSL_CA_FILE=${file}`, `export SSL_CERT_FILE=${file}`],
    note: 'LWP reads the first one alone, HTTP::Tiny the second.',
  },
  { client: 'PHP', lines: [`php -d curl.cainfo=${file} -d openssl.cafile=${file} sync.php`] },
  {
    client: 'the system (Debian, Ubuntu)',
    lines: [`sudo cp ${file} /usr/local/share/ca-certificates/tpe.crt`, 'sudo update-ca-certificates'],
    note: 'Everything on the machine then trusts whoever holds the key. Take it back: remove the file, update-ca-certificates --fresh.',
  },
  {
    client: 'the system (macOS)',
    lines: [`security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${file}`],
  },
];
