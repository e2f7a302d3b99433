/** The lines of `tpe serve` that tell of trouble: a bug, a part that does not work, a file of customer attributes that failed. */
import { expect, it } from 'vitest';
import { loggedEvents, serveLog } from '../../../src/cli/serve-log.ts';
import { fakeContext } from './fake-context.ts';

/** As people read it, and as machines do. */
async function logged(tell: (on: ReturnType<typeof loggedEvents>) => void) {
  const texts = [false, true].map(async (json) => {
    const context = fakeContext();
    tell(loggedEvents(serveLog(context, json)));
    await Promise.resolve();
    return context.printed();
  });
  const [text, json] = await Promise.all(texts);
  return { text, json: JSON.parse(json!) as object };
}

it('a bug is told with its number and its stack, whatever was thrown', async () => {
  const error = Object.assign(new Error('so not'), { stack: 'Error: so not\n    at somewhere' });
  const { text, json } = await logged((on) => on.bug('3', error));
  expect(text).toBe('bug/3: Error: so not\n    at somewhere\n');
  expect(json).toMatchObject({ event: 'bug', id: '3', stack: 'Error: so not\n    at somewhere' });
  expect((await logged((on) => on.bug('4', 'no error'))).text).toBe('bug/4: no error\n');
  const bare = Object.assign(new Error('bare'), { stack: undefined });
  expect((await logged((on) => on.bug('5', bare))).text).toBe('bug/5: bare\n');
});

it('a part that does not work is told when it begins and when it is over', async () => {
  const problem = { part: 'data', message: 'No space left.', isOver: false } as const;
  const { text, json } = await logged((on) => on.problem(problem));
  expect(text).toBe('data has a problem: No space left.\n');
  expect(json).toMatchObject({ event: 'problem', ...problem });
  const over = await logged((on) => on.problem({ part: 'data', message: 'Works again.', isOver: true }));
  expect(over.text).toBe('data: Works again.\n');
});

it('a file of customer attributes is told by its rows, or by the row and rule that failed it, and garbles no terminal', async () => {
  const file = { client: 'demo', alias: 'crm', name: 'crm.csv', status: 'processed', rows: 4, fault: undefined };
  const line = async (changes: object) => (await logged((on) => on.fileEnded({ ...file, ...changes } as never))).text;
  expect(await line({})).toBe('demo crm/crm.csv processed: 4 rows\n');
  const failed = { status: 'failed', name: 'crm\u001b[2J.csv', fault: { rule: 'ca-encoding', message: 'No UTF-8.' } };
  expect(await line(failed)).toMatch(/^demo crm\/crm.*\.csv failed: No UTF-8\. \(rule\/ca-encoding\)\n$/);
  expect(await line(failed)).not.toContain('\u001b');
  expect(await line({ status: 'failed', fault: { rule: 'ca-quoting', message: 'Open.', row: 7 } })).toBe(
    'demo crm/crm.csv failed: row 7: Open. (rule/ca-quoting)\n',
  );
});
