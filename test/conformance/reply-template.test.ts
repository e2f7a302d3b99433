/** Placeholders match what they stand for, and nothing else. */
import { describe, expect, it } from 'vitest';
import { filledIn, mismatch } from './runner/reply-template.ts';
import type { TemplateContext } from './runner/reply-template.ts';

const context = (changes: Partial<TemplateContext> = {}): TemplateContext => ({
  captures: { batchIds: new Map(), tokens: new Map(), pcId: undefined },
  authority: '127.0.0.1:8181',
  startedAt: 0,
  ...changes,
});

describe('a reply template', () => {
  it('is exact where it has no placeholder', () => {
    expect(mismatch('{"a":[1.5]}', '{"a":[1.5]}', context())).toBeUndefined();
    expect(mismatch('a.b', 'axb', context())).toContain('expected a.b');
    expect(mismatch('a', 'a\n', context())).toBeDefined();
    expect(mismatch('a', 'ba', context())).toBeDefined();
  });

  it('learns the batch id from the reply to a submission, and holds later replies to it', () => {
    const submission = { name: 'first', client: 'demo' };
    const submitted = context({ submission });
    expect(mismatch('<id>{batchId}</id>', '<id>demo-1701473848678-13029383</id>', submitted)).toBeUndefined();
    expect(filledIn('?batchId={batchId:first}', submitted.captures)).toBe('?batchId=demo-1701473848678-13029383');
    expect(mismatch('{batchId:first}', 'demo-1701473848678-13029383', { ...submitted })).toBeUndefined();
    expect(mismatch('{batchId:first}', 'demo-1701473848678-13029384', { ...submitted })).toBeDefined();
  });

  it.each(['demo4-1701473848678-13029383', 'demo-1701473848-13029383', 'demo-1701473848678-1302938'])(
    'does not take %s for a batch id of demo',
    (batchId) => {
      expect(mismatch('{batchId}', batchId, context({ submission: { name: 'batch', client: 'demo' } }))).toBeDefined();
    },
  );

  it('wants the same id everywhere in one reply', () => {
    const submitted = context({ submission: { name: 'batch', client: 'demo' } });
    const reply = 'demo-1701473848678-13029383 demo-1701473848678-13029384';
    expect(mismatch('{batchId} {batchId}', reply, submitted)).toContain('here and');
  });

  it('says that nothing is known yet', () => {
    expect(() => filledIn('{batchId}', context().captures)).toThrow('stands for nothing yet');
    expect(() => filledIn('{pcId}', context().captures)).toThrow('stands for nothing yet');
  });

  it('knows exact times where the clock is its own, and any time where it is not', () => {
    expect(mismatch('{time+1500}', '1970-01-01T00:00:01.500+00:00', context())).toBeUndefined();
    expect(mismatch('{time+0}', '1970-01-01T00:00:01.500+00:00', context())).toBeDefined();
    expect(mismatch('{time+0}', '1970-01-01T00:00:01.500+00:00', context({ startedAt: undefined }))).toBeUndefined();
    expect(mismatch('{time+0}', '1970-01-01T00:00:01.500Z', context({ startedAt: undefined }))).toBeDefined();
    expect(mismatch('{epoch+7}-{digits8}', '7-12345678', context())).toBeUndefined();
  });

  it('puts the authority of links in', () => {
    expect(mismatch('http://{authority}/', 'http://127.0.0.1:8181/', context())).toBeUndefined();
    expect(mismatch('http://{authority}/', 'http://127x0.0.1:8181/', context())).toBeDefined();
  });
});
