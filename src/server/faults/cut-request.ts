/** The connection is cut while the request's body arrives: nothing of it is kept. A shorter body passes. */
import { z } from 'zod';
import { BATCH_FILE_BYTES_LIMIT } from '../../protocol/vocabulary/index.ts';
import { type Fault, whenShape } from './fault.ts';

const schema = z.lazy(() =>
  z.strictObject({
    ...whenShape(['submit', 'update']),
    afterBytes: z.int().min(0).max(BATCH_FILE_BYTES_LIMIT).default(0).describe('Bytes of the body that are taken in.'),
  }),
);

export const cutRequest = {
  name: 'cutRequest',
  schema,
  effect: ({ afterBytes }) => ({ kind: 'cut-request', afterBytes }),
} satisfies Fault<z.output<typeof schema>>;
