/** A trust store for Java, which reads no PEM: one certificate in the format JKS, that every JDK takes. */
import { createHash, X509Certificate } from 'node:crypto';

/** The bytes of the store; `now` is in milliseconds since 1970. It has no password: what is in it is no secret. */
export function javaTrustStore(pem: string, now: number): Uint8Array {
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
