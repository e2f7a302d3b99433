/**
 * A certificate authority of the emulator's own, and the certificates it issues: what lets a client that insists on
 * `https://CLIENT.tt.omtrdc.net` be pointed here. Loaded when TLS is first spoken, since making keys takes longer than a start.
 */
// @peculiar/x509 needs it to be there first, and it gives nothing to assign.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { isIP } from 'node:net';
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import type { KeyPair } from './key-pair.ts';
import type { webcrypto } from 'node:crypto';

/** The mark by which a certificate is known as ours. */
export const AUTHORITY_NAME = 'target-profile-emulator local CA';

/** Whoever trusts it does so by hand: it should hold for as long as anybody keeps the directory. */
const AUTHORITY_DAYS = 3650;
/** Clients of Apple's take none that is valid for longer than 825. */
export const LEAF_DAYS = 90;
/** The clock of a client may be a little behind. */
const SKEW_MS = DAY_MS;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
const validity = (now: number, until: number) => ({
  notBefore: new Date(now - SKEW_MS),
  notAfter: new Date(until),
  signingAlgorithm: ALGORITHM,
});

/** `now` is the machine's time, in milliseconds since 1970: whoever checks a certificate has no other. */
export async function newAuthority(now: number): Promise<KeyPair> {
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${AUTHORITY_NAME}, O=Not affiliated with Adobe`,
      ...validity(now, now + AUTHORITY_DAYS * DAY_MS),
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { cert: made.toString('pem'), key: await pemOf(keys.privateKey) };
}

/**
 * A certificate for these names, host names and addresses alike, signed by the authority; the authority's certificate
 * follows it in `cert`. Throws where the authority's own pair cannot be read.
 */
export async function issueLeaf(
  authority: KeyPair,
  names: readonly [string, ...string[]],
  now: number,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const der = x509.PemConverter.decodeFirst(authority.key);
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${names[0].slice(0, COMMON_NAME_MAX)}`,
      issuer: issuer.subject,
      ...validity(now, Math.min(now + LEAF_DAYS * DAY_MS, issuer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey: await crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { cert: `${made.toString('pem')}\n${authority.cert}`, key: await pemOf(keys.privateKey) };
}

/** X.520's bound; the whole name stands in the alternative names. */
const COMMON_NAME_MAX = 64;

const pemOf = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
