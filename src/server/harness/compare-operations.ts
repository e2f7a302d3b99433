/** What would come of something, tried in stores of its own: a file through v1, v2 and as customer attributes, or any requests. */
import { z } from 'zod';
import { PROFILE_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { RehearsedReply } from '../rehearsal.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import { refuseIf } from '../input-issues.ts';
import { refusal } from './refusals.ts';
import * as replies from './replies.ts';
import { defined } from './as-json.ts';
import { judgedProfiles, profileList } from './seed-profile.ts';

const COMPARE_BODY_BYTES_MAX = 24 * 1024 * 1024;
const DIFFERENCES_LISTED_MAX = 1_000;

const text = () => z.string().min(1).max(PROFILE_BYTES_MAX);
const asked = once(() =>
  z
    .strictObject({
      name: z.string().min(1).max(255).describe('As the file is called.'),
      content: z.base64().describe('Its bytes, as base64.'),
      profiles: profileList().optional().describe('What every store begins with.'),
      idColumn: text().optional().describe('The column of an export that holds the id.'),
      onProblem: z.enum(['stop', 'skip']).optional().describe('What becomes of faulty rows of an export.'),
      differencesMax: z.int().min(0).max(DIFFERENCES_LISTED_MAX).optional(),
    })
    .describe('A file for each way: a batch file as it is, an export through the uploader.'),
);

const REQUESTS_MAX = 64;
const rehearsed = once(() =>
  z
    .strictObject({
      method: z.enum(['GET', 'POST', 'PUT']),
      path: z
        .string()
        .max(4_096)
        .startsWith('/')
        .describe('With its query, of either plane. `{batchId}` stands for the batch that was taken in last.'),
      body: z.string().optional(),
      contentType: z
        .string()
        .max(256)
        .regex(/^[\x20-\x7e]*$/, 'A content type is printable ASCII')
        .default('application/x-www-form-urlencoded'),
    })
    .refine(({ method, body }) => method !== 'GET' || body === undefined, {
      error: 'A GET takes no body',
      path: ['body'],
    }),
);
export type RehearsedRequest = z.output<ReturnType<typeof rehearsed>>;

/** A file to compare with, and how it is read. */
export interface CompareAsked extends z.input<ReturnType<typeof asked>> {}

export const compareOperations = {
  /**
   * Brings one file through v1, v2 and as customer attributes, over the same profiles, in stores of their own: nothing of
   * this emulator changes. One at a time. Undefined where the emulator was started without the means: `tpe serve` has them, and in
   * process there is `compareVersions`.
   *
   * @example
   * const found = await emulator.compare({ name: 'crm.csv', content, idColumn: 'customer_id' });
   */
  compare: operation({
    route: 'POST /compare',
    sentence:
      'Brings one file through v1, v2 and as customer attributes, in stores of their own, and tells every difference with its rule.',
    takes: () => ({ body: asked() }),
    bodyBytesMax: COMPARE_BODY_BYTES_MAX,
    replies: { 200: replies.comparison },
    asked: (file: CompareAsked) => ({ body: file }),
    does: async ({ compare }, { body }): Promise<object | undefined> => {
      const { name, content, profiles: given = [], ...options } = body;
      const bytes = Buffer.from(content, 'base64');
      refuseIf(bytes.byteLength === 0, 'content', 'The file is empty');
      const profiles = await judgedProfiles(given);
      return compare?.({ name, bytes, profiles, ...options });
    },
    absent: () => refusal(409, 'no-comparison', 'start it with tpe serve to compare here.'),
    tells: (found) =>
      'kind' in found && found.kind === 'busy'
        ? refusal(409, 'comparison-busy', 'another comparison is under way.')
        : found,
  }),
  /**
   * Asks the requests, one after the other, of an emulator of their own, in memory, whose clock stands still but for answers
   * that wait: what would come of a reading, a fault or a pace, while nothing changes here. Its ids and times are the same
   * each time. Up to 64 requests with answers of 8 MiB in all, and four rehearsals, of which one is under way: undefined where
   * there are more.
   *
   * @example
   * const file = { method: 'POST', path: '/m2/demo/v2/profile/batchUpdate', body: 'batch=thirdPartyId,tier\nC-1,gold' } as const;
   * const [, rows] = await emulator.rehearse([file, { method: 'GET', path: '/__emulator/batches/{batchId}/rows' }]);
   */
  rehearse: operation({
    route: 'POST /rehearsals',
    sentence: 'Asks requests of an emulator of their own, which is gone afterwards, and tells each answer.',
    takes: () => ({ body: z.strictObject({ requests: z.array(rehearsed()).min(1).max(REQUESTS_MAX) }) }),
    replies: { 200: replies.rehearsal },
    asked: (requests: readonly z.input<ReturnType<typeof rehearsed>>[]) => ({ body: { requests } }),
    does: async ({ rehearse }, { body }): Promise<readonly RehearsedReply[] | undefined> => rehearse(body.requests),
    absent: () => refusal(409, 'rehearsals-busy', 'too many rehearsals are under way; within one there is none.'),
    tells: (told) => ({ replies: told.map(defined) }),
  }),
};
