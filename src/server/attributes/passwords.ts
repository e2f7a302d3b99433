/** Passwords of accounts, kept as what scrypt makes of them. */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

export function hashedPassword(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${scryptSync(password, salt, 32).toString('hex')}`;
}

export function isPassword(password: string, kept: string | undefined): boolean {
  const [salt = '', hash = ''] = (kept ?? '').split(':');
  if (hash === '') return false;
  return timingSafeEqual(scryptSync(password, Buffer.from(salt, 'hex'), 32), Buffer.from(hash, 'hex'));
}
