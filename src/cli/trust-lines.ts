/** What each kind of client is told, so that it trusts the emulator's CA: as lines to type. */

export interface TrustLines {
  readonly client: string;
  readonly lines: readonly string[];
  readonly note?: string;
}

/** `file` is the certificate's, as a word of the shell. */
export const trustLines = (file: string): readonly TrustLines[] => [
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
