/** A certificate and its private key, and those that the user brought. Apart from what makes them, so that declarations name no library. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EmulatorError, reasonOf } from '../runtime/emulator-error.ts';

/** Both as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** `--tls-cert` and `--tls-key`. Throws an `EmulatorError` ('tls-unusable') where a file cannot be read, is no PEM, or the two are no pair. */
export function ownCertificate(certPath: string, keyPath: string): KeyPair {
  const [cert, key] = [read(certPath), read(keyPath)];
  const certificate = unlessUnusable(
    () => new X509Certificate(cert),
    () => `${certPath} is no certificate in PEM form. Give one with --tls-cert.`,
  );
  const isPair = unlessUnusable(
    () => certificate.checkPrivateKey(createPrivateKey(key)),
    () => `${keyPath} is no unencrypted private key in PEM form.`,
  );
  if (isPair) return { cert, key };
  const message = `${keyPath} is not the key of ${certPath}. Give the pair that belongs together.`;
  throw new EmulatorError('tls-unusable', message);
}

const read = (path: string): string =>
  unlessUnusable(
    () => readFileSync(path, 'utf8'),
    (reason) => `Cannot read ${path}: ${reason}. Check --tls-cert and --tls-key.`,
  );

function unlessUnusable<Result>(attempt: () => Result, messageOf: (reason: string) => string): Result {
  try {
    return attempt();
  } catch (cause) {
    throw new EmulatorError('tls-unusable', messageOf(reasonOf(cause)), { cause });
  }
}
