/** Passwords of accounts, kept as what scrypt makes of them. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Its length goes in front: by itself `secret` would be as good as `secret\\0`, since HMAC fills a key up with zeros. */
const derived = (password: string, salt: Buffer): Promise<Buffer> =>
  promisify<string, Buffer, number, Buffer>(scrypt)(`${Buffer.byteLength(password)}:${password}`, salt, HASH_BYTES);

export async function hashedPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await derived(password, salt)).toString('hex')}`;
}

/** As slow where there is none, so that nobody learns which accounts there are. */
export async function isPassword(password: string, kept = NONE): Promise<boolean> {
  const [salt, hash] = kept.split(':').map((part) => Buffer.from(part, 'hex'));
  return timingSafeEqual(await derived(password, salt!), hash!) && kept !== NONE;
}

const HASH_BYTES = 32;
const NONE = `${'00'.repeat(16)}:${'00'.repeat(HASH_BYTES)}`;
