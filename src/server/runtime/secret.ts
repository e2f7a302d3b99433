/** The one thing that no seed may decide. */
import { randomBytes } from 'node:crypto';

/** 144 bits, in characters that need no quoting anywhere. */
export const newSecret = (): string => randomBytes(18).toString('base64url');
