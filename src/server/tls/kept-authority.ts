/** Where the certificate authority is kept: in the data directory, readable by its owner alone, or nowhere. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import { makePrivately } from '../../sqlite/private-paths.ts';
import { EmulatorError, reasonOf } from '../runtime/emulator-error.ts';
import { AUTHORITY_NAME, newAuthority } from './authority.ts';
import type { KeyPair } from './key-pair.ts';

const CERTIFICATE = 'ca.pem';
const KEY = 'ca-key.pem';
/** One that ends sooner is made anew: a certificate should outlive the project it was made for. */
const RENEWED_BEFORE_MS = 30 * DAY_MS;

/**
 * The authority kept in `directory`, made there on first use; a new one in memory without a directory. Throws an
 * `EmulatorError` ('tls-unusable') for files that are not ours, not whole, not a pair, or open to others.
 */
export async function keptAuthority(directory: string | undefined, now: number): Promise<KeyPair> {
  if (directory === undefined) return newAuthority(now);
  try {
    const kept = readKept(directory);
    if (kept !== undefined && Date.parse(new X509Certificate(kept.cert).validTo) - now > RENEWED_BEFORE_MS) return kept;
    const made = await newAuthority(now);
    keep(directory, made);
    return made;
  } catch (error) {
    if (error instanceof EmulatorError) throw error;
    throw unusable(directory, reasonOf(error), error);
  }
}

function readKept(directory: string): KeyPair | undefined {
  if (!existsSync(directory)) return undefined;
  if (!lstatSync(directory).isDirectory()) throw unusable(directory, 'it is no directory');
  const [certificatePath, keyPath] = [join(directory, CERTIFICATE), join(directory, KEY)];
  const stranger = readdirSync(directory).find((name) => !OURS.has(name));
  if (stranger !== undefined) throw unusable(directory, `it holds ${stranger}, which is not the emulator's`);
  // A process that died between the two files left half a pair: nobody can have trusted it yet.
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return undefined;
  for (const path of [certificatePath, keyPath]) {
    if (!lstatSync(path).isFile()) throw unusable(directory, `${path} is no file`);
  }
  if ((lstatSync(keyPath).mode & 0o077) !== 0) throw unusable(directory, `others may read ${keyPath} (chmod 600 it)`);
  const kept = { cert: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  const certificate = new X509Certificate(kept.cert);
  if (!certificate.subject.includes(`CN=${AUTHORITY_NAME}`)) {
    throw unusable(directory, `${certificatePath} was not made by the emulator (give your own with --tls-cert)`);
  }
  if (!certificate.checkPrivateKey(createPrivateKey(kept.key))) {
    throw unusable(directory, `${keyPath} is not the key of ${certificatePath}`);
  }
  return kept;
}

/** The certificate last: where it is there, its key is. */
function keep(directory: string, { cert, key }: KeyPair): void {
  makePrivately(directory);
  for (const [name, text] of [
    [KEY, key],
    [CERTIFICATE, cert],
  ] as const) {
    const path = join(directory, name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

const OURS: ReadonlySet<string> = new Set([CERTIFICATE, KEY, `${CERTIFICATE}.new`, `${KEY}.new`]);

function unusable(directory: string, reason: string, cause?: unknown): EmulatorError {
  const remedy = 'Remove it to have a new one made (clients must then trust that one), or use another data directory.';
  return new EmulatorError('tls-unusable', `The certificates in ${directory} cannot be used: ${reason}. ${remedy}`, {
    cause,
  });
}
