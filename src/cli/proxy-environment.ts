/** What a program under test finds in its environment, so that it lands at the emulator without being changed. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Context } from './context.ts';
import type { RunningEmulator } from '../server/index.ts';

type Variables = Readonly<Record<string, string>>;

/** The emulator itself is reached without a proxy, whatever the surroundings say. */
export function withoutProxy(before: (name: string) => string | undefined): Variables {
  const direct = ['127.0.0.1', 'localhost', '::1'];
  const named = [before('NO_PROXY'), before('no_proxy')].flatMap((list) => list?.split(',') ?? []);
  const list = [...new Set([...named.map((name) => name.trim()).filter((name) => name !== ''), ...direct])].join(',');
  return { NO_PROXY: list, no_proxy: list };
}

export type ProxyEnvironment = Awaited<ReturnType<typeof proxyEnvironment>>;

/** The CA lies in a private temporary file until it is removed, or this process ends. */
export async function proxyEnvironment(emulator: RunningEmulator, { now, environment }: Context) {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-ca-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  const [file, javaStore] = [join(directory, 'ca.pem'), join(directory, 'trust.jks')];
  const wgetrc = join(directory, 'wgetrc');
  try {
    const ca = await emulator.ca();
    writeFileSync(file, ca, { mode: 0o600 });
    writeFileSync(javaStore, javaTrustStore(ca, now()), { mode: 0o600 });
    writeFileSync(wgetrc, `ca_certificate = ${file}\n`, { mode: 0o600 });
    // PHP reads every .ini of its folders.
    writeFileSync(join(directory, 'tpe.ini'), `curl.cainfo = "${file}"\nopenssl.cafile = "${file}"\n`, { mode: 0o600 });
  } catch (error) {
    remove();
    throw error;
  }
  const { hostname, port } = new URL(emulator.url);
  const javaOptions = [
    ...['http', 'https'].flatMap((scheme) => [`-D${scheme}.proxyHost=${hostname}`, `-D${scheme}.proxyPort=${port}`]),
    `-Djavax.net.ssl.trustStore=${javaStore}`,
    '-Djavax.net.ssl.trustStoreType=JKS',
  ];
  const named = (names: readonly string[], value: string) => names.map((name) => [name, value]);
  return {
    variables: Object.fromEntries([
      ...named(['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'], emulator.url),
      // Not those that a surrounding proxy was set up for: what is not emulated should be refused here, not sent out.
      ...named(['NO_PROXY', 'no_proxy'], '127.0.0.1,localhost,::1'),
      ...named(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'], file),
      ['PERL_LWP_SSL_CA_FILE', file],
      ['WGETRC', wgetrc],
      // Behind those that it has anyway, for which nothing stands.
      ['PHP_INI_SCAN_DIR', [environment.option('PHP_INI_SCAN_DIR') ?? '', directory].join(delimiter)],
      ['NODE_USE_ENV_PROXY', '1'],
      ['JAVA_TOOL_OPTIONS', [environment.option('JAVA_TOOL_OPTIONS') ?? '', ...javaOptions].join(' ').trim()],
    ]) as Variables,
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

/** For Java, which reads no PEM: one certificate in the format JKS, that every JDK takes. It has no password, being no secret. */
function javaTrustStore(pem: string, now: number): Uint8Array {
  const certificate = new X509Certificate(pem).raw;
  const [magic, version, entries, trustedCertificate] = [0xfeedfeed, 2, 1, 2];
  const store = Buffer.concat([
    ...[magic, version, entries, trustedCertificate].map((value) => bigEndian(value, 4)),
    text('tpe'),
    bigEndian(now, 8),
    text('X.509'),
    bigEndian(certificate.byteLength, 4),
    certificate,
  ]);
  // Sealed with the empty password and words of Sun's own.
  return Buffer.concat([store, createHash('sha1').update('Mighty Aphrodite').update(store).digest()]);
}

const bigEndian = (value: number, bytes: number) => Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');

/** Its length in two bytes, as Java's `writeUTF` has it; ASCII alone. */
const text = (value: string) => Buffer.concat([bigEndian(value.length, 2), Buffer.from(value, 'ascii')]);
