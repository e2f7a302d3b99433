/** Tokens, as far as the uploader sends one. */
import { BULK, type Rule } from './rule.ts';

export const AUTHENTICATION_RULES: readonly Rule[] = [
  {
    id: 'auth-optional',
    statement: 'A token is needed only where the account requires authentication; it is off by default.',
    source: 'SET; FETCH',
    confidence: 'documented',
    versions: [...BULK, 'status', 'single-update', 'fetch'],
    contradiction: 'SET speaks of the bulk API, FETCH of every profile API; TT-F: fetches need none.',
  },
  {
    id: 'auth-header-bearer',
    statement: 'The token is sent as `Authorization: Bearer {token}`.',
    source: 'SET; SLATE17; WDT; SEG; HOOK',
    confidence: 'documented',
    versions: [...BULK, 'status', 'single-update', 'fetch'],
    contradiction: 'SLATE (2018-08): a header `access_token`.',
  },
];
