/** A reply whose XML is cut off in the middle, or whose tags do not match; the HTTP around it is whole. */
import { z } from 'zod';
import type { Random } from '../runtime/random.ts';
import { type Fault, whenShape } from './fault.ts';

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit', 'status', 'update']),
    how: z
      .enum(['truncated', 'mismatched'])
      .default('truncated')
      .describe('Cut off at a place that is drawn, or with a closing tag that was never opened.'),
  }),
);

export const malformedXml = {
  name: 'malformedXml',
  schema,
  effect: ({ how }, random) => ({
    kind: 'edit-reply',
    edit: how === 'truncated' ? (xml) => truncated(xml, random) : (xml) => xml.replaceAll(/<\/(\w+)>/g, '</$1-broken>'),
  }),
} satisfies Fault<z.output<typeof schema>>;

/** At least the first character stays, and at least the last one goes. */
const truncated = (xml: string, random: Random) => xml.slice(0, random.integer(1, Math.max(1, xml.length - 1)));
