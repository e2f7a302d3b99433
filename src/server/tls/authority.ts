/**
 * A certificate authority of the emulator's own, and the certificates it issues: what lets a client that insists on
 * `https://CLIENT.tt.omtrdc.net` be pointed here. Loaded when TLS is first spoken, since making keys takes longer than a start.
 */
// @peculiar/x509 needs it to be there first, and it gives nothing to assign.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
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

/** `now` is the machine's time, in milliseconds since 1970: whoever checks a certificate has no other. */
export async function newAuthority(now: number): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${AUTHORITY_NAME}, O=Not affiliated with Adobe`,
      notBefore: new Date(now - SKEW_MS),
      notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
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
  const issuer = new X509Certificate(authority.cert);
  const signingKey = await crypto.subtle.importKey('pkcs8', derOf(authority.key), ALGORITHM, false, ['sign']);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `CN=${names[0].slice(0, COMMON_NAME_MAX)}`,
      issuer: issuer.subject,
      notBefore: new Date(now - SKEW_MS),
      notAfter: new Date(Math.min(now + LEAF_DAYS * DAY_MS, issuer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
        ),
        await AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { cert: `${certificate.toString('pem')}\n${authority.cert}`, key: await pemOf(keys.privateKey) };
}

/** X.520's bound; the whole name stands in the alternative names. */
const COMMON_NAME_MAX = 64;

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function derOf(pem: string): ArrayBuffer {
  return PemConverter.decodeFirst(pem);
}
