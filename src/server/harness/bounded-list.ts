/** A list judged item by item, and no further than it must be: a body of a million wrong items costs a hundred of them. */
import { z } from 'zod';

export function boundedList<Item extends z.ZodType>(item: Item, issuesMax: number) {
  const list = z.unknown().transform((input, context) => {
    const judged: z.output<Item>[] = [];
    if (!Array.isArray(input)) {
      context.addIssue({ code: 'custom', message: 'Must be a list' });
      return judged;
    }
    for (const [index, value] of input.entries()) {
      const result = item.safeParse(value);
      if (result.success) judged.push(result.data);
      else for (const issue of result.error.issues) context.addIssue({ ...issue, path: [index, ...issue.path] });
      if (context.issues.length >= issuesMax) break;
    }
    return judged;
  });
  // Read when the API is described, which is seldom.
  return list.meta({
    type: 'array',
    get items() {
      const { $schema: _, ...schema } = z.toJSONSchema(item, { io: 'input', unrepresentable: 'any' });
      return schema;
    },
  });
}
