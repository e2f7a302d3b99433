/** A trust store for Java, which reads no PEM: one certificate in the format JKS, that every JDK takes. */
import { createHash, X509Certificate } from 'node:crypto';

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;

/** The bytes of the store; `now` is in milliseconds since 1970. It has no password: what is in it is no secret. */
export function javaTrustStore(pem: string, now: number): Uint8Array {
  const certificate = new X509Certificate(pem).raw;
  const store = Buffer.concat([
    uint32(MAGIC),
    uint32(VERSION),
    uint32(1),
    uint32(TRUSTED_CERTIFICATE),
    text('tpe'),
    uint64(now),
    text('X.509'),
    uint32(certificate.byteLength),
    certificate,
  ]);
  // Sealed with the empty password and words of Sun's own.
  const seal = createHash('sha1').update('Mighty Aphrodite').update(store).digest();
  return Buffer.concat([store, seal]);
}

const uint32 = (value: number) => bigEndian(value, 4);
const uint64 = (value: number) => bigEndian(value, 8);

function bigEndian(value: number, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
}

/** Its length in two bytes, as Java's `writeUTF` has it; ASCII alone. */
const text = (value: string) => Buffer.concat([bigEndian(value.length, 2), Buffer.from(value, 'ascii')]);
