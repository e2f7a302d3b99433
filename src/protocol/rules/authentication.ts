/** Tokens, as far as the uploader sends one. */
import { BULK, documented, type Rule } from './rule.ts';

export const AUTHENTICATION_RULES: readonly Rule[] = [
  {
    id: 'auth-optional',
    statement: 'A token is needed only where the account requires authentication; it is off by default.',
    ...documented('SET; FETCH', ...BULK, 'status', 'single-update', 'fetch'),
    contradiction: 'SET speaks of the bulk API, FETCH of every profile API; TT-F: fetches need none.',
  },
  {
    id: 'auth-header-bearer',
    statement: 'The token is sent as `Authorization: Bearer {token}`.',
    ...documented('SET; SLATE17; WDT; SEG; HOOK', ...BULK, 'status', 'single-update', 'fetch'),
    contradiction: 'SLATE (2018-08): a header `access_token`.',
  },
];
