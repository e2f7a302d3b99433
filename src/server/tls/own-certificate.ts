/** A certificate and key that the user brought: `--tls-cert` and `--tls-key`. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EmulatorError } from '../runtime/emulator-error.ts';
import type { KeyPair } from './key-pair.ts';

/** Throws an `EmulatorError` ('tls-unusable') where a file cannot be read, is no PEM, or the two are no pair. */
export function ownCertificate(certPath: string, keyPath: string): KeyPair {
  const cert = read(certPath);
  const key = read(keyPath);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (cause) {
    throw new EmulatorError('tls-unusable', `${certPath} is no certificate in PEM form. Give one with --tls-cert.`, {
      cause,
    });
  }
  let isPair: boolean;
  try {
    isPair = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new EmulatorError('tls-unusable', `${keyPath} is no unencrypted private key in PEM form.`, { cause });
  }
  if (isPair) return { cert, key };
  throw new EmulatorError(
    'tls-unusable',
    `${keyPath} is not the key of ${certPath}. Give the pair that belongs together.`,
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmulatorError('tls-unusable', `Cannot read ${path}: ${reason}. Check --tls-cert and --tls-key.`, {
      cause,
    });
  }
}
