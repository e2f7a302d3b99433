import { describe, expect, it } from 'vitest';
import { ATTRIBUTE_ACCOUNT_BYTES_MAX, type ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { ROOT_FILES_MAX, tooMuch } from '../../../../src/server/attributes/account.ts';
import type { AttributeFile } from '../../../../src/server/store/store.ts';

const ACCOUNT = { client: 'demo' as ClientCode, alias: 'crm' };
const holding = (...files: { name: string; bytes: number; status: AttributeFile['status'] }[]) => ({
  files: () => ({ items: files as unknown as AttributeFile[], next: undefined }),
});

describe('an account', () => {
  it('ca-size: a file that replaces one in the root takes its room, and any other needs its own', () => {
    const full = { name: 'a.csv', bytes: ATTRIBUTE_ACCOUNT_BYTES_MAX };
    const root = holding({ ...full, status: 'uploaded' });
    expect(tooMuch(root, ACCOUNT, 1, 'a.csv')).toBeUndefined();
    expect(tooMuch(root, ACCOUNT, 1, 'b.csv')).toContain('40 GB');
    expect(tooMuch(root, ACCOUNT, 1)).toContain('40 GB');
    expect(tooMuch(holding({ ...full, status: 'processed' }), ACCOUNT, 1, 'a.csv')).toContain('40 GB');
  });

  it('a full root takes a file again that lies in it', () => {
    const names = Array.from({ length: ROOT_FILES_MAX }, (_, index) => `${index}.csv`);
    const root = holding(...names.map((name) => ({ name, bytes: 1, status: 'uploaded' as const })));
    expect(tooMuch(root, ACCOUNT, 1, '7.csv')).toBeUndefined();
    expect(tooMuch(root, ACCOUNT, 1, 'new.csv')).toContain('root');
  });
});
