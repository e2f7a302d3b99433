/** A list judged a few items in each turn of the event loop, and no further than it must be: nobody else waits for it. */
import { z } from 'zod';

/** A millisecond or two of judging, and of writing. */
const TURN_ITEMS_MAX = 200;

/** What a body says of such a list; its items are judged by `judgedItems`. */
export function longList(item: z.ZodType) {
  const list = z.custom<readonly unknown[]>((input) => Array.isArray(input), { error: 'Must be a list' });
  // Read when the API is described, which is seldom.
  return list.meta({
    type: 'array',
    get items() {
      const { $schema: _, ...schema } = z.toJSONSchema(item, { io: 'input', unrepresentable: 'any' });
      return schema;
    },
  });
}

/** Rejects with a `ZodError` of the first `issuesMax` issues, each with its place below `at`. */
export async function judgedItems<Item extends z.ZodType>(
  list: readonly unknown[],
  item: Item,
  { at, issuesMax }: { readonly at: string; readonly issuesMax: number },
): Promise<z.output<Item>[]> {
  const judged: z.output<Item>[] = [];
  const issues: z.core.$ZodIssue[] = [];
  for (const [index, value] of list.entries()) {
    if (index % TURN_ITEMS_MAX === TURN_ITEMS_MAX - 1) await nextTurn();
    const result = item.safeParse(value);
    if (result.success) judged.push(result.data);
    else issues.push(...result.error.issues.map((issue) => ({ ...issue, path: [at, index, ...issue.path] })));
    if (issues.length >= issuesMax) break;
  }
  if (issues.length > 0) throw new z.ZodRealError(issues);
  return judged;
}

/** The list in parts, a turn of the event loop each. */
export async function inTurns<Item>(
  list: readonly Item[],
  work: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < list.length; from += TURN_ITEMS_MAX) {
    if (from > 0) await nextTurn();
    await work(list.slice(from, from + TURN_ITEMS_MAX));
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
