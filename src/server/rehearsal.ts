/** Requests that an emulator of their own answers, which is gone afterwards: what would happen, and nothing does. */
import type { RehearsedRequest } from './harness/compare-operations.ts';
import type { Emulator } from './emulator-interface.ts';
import { refuseInput } from './input-issues.ts';

/** Without a status where the connection was cut, or ten minutes of its clock brought no whole answer. */
export interface RehearsedReply {
  readonly status: number | undefined;
  readonly cause: string | undefined;
  readonly text: string;
  /** Of its clock, which moves second by second while an answer waits for it, and stands still otherwise. */
  readonly tookMs: number;
}

/** One at a time: each holds a store in memory. Gives undefined where `admittedMax` are under way or wait for their turn. */
export function rehearsals(create: () => Promise<Emulator>, admittedMax: number) {
  let admitted = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (requests: readonly RehearsedRequest[]): Promise<readonly RehearsedReply[] | undefined> => {
    if (admitted >= admittedMax) return undefined;
    admitted += 1;
    const mine = last.then(async () => rehearsed(await create(), requests)).finally(() => (admitted -= 1));
    last = mine.catch(() => {});
    return mine;
  };
}

async function rehearsed(emulator: Emulator, requests: readonly RehearsedRequest[]) {
  // Node 22 knows no `await using`.
  try {
    const replies: RehearsedReply[] = [];
    let chars = 0;
    for (const [at, { method, path, body, contentType }] of requests.entries()) {
      const latest = emulator.batches(undefined, { limit: 1 })[0]?.batchId ?? '';
      const sent = body === undefined ? {} : { body, headers: { 'content-type': contentType } };
      const request = new Request(`http://localhost${path.replace('{batchId}', latest)}`, { method, ...sent });
      const reply = await replyTo(emulator, request);
      chars += reply.text.length;
      if (chars > REPLIES_CHARS_MAX) refuseInput({ path: ['requests', at], message: TOO_LONG });
      replies.push(reply);
    }
    return replies;
  } finally {
    await emulator.close();
  }
}

/** Of one rehearsal: they are told all together, in one piece. */
const REPLIES_CHARS_MAX = 8 * 1024 * 1024;
const TOO_LONG = `With its answer all answers have more than ${REPLIES_CHARS_MAX} characters: ask for less at a time`;

async function replyTo(emulator: Emulator, request: Request): Promise<RehearsedReply> {
  const from = emulator.clock.now();
  let reply: Omit<RehearsedReply, 'tookMs'> | undefined;
  const asked = async () => {
    const response = await emulator.fetch(request);
    const { status, headers } = response;
    reply = { status, cause: headers.get('x-emulator-cause') ?? undefined, text: await response.text() };
  };
  asked().catch(() => (reply = CUT));
  for (let turn = 1; reply === undefined && turn <= TURNS_MAX; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (reply === undefined && turn % TURNS_OF_A_SECOND === 0) await emulator.advance(1_000);
  }
  return { ...(reply ?? CUT), tookMs: emulator.clock.now() - from };
}

const CUT = { status: undefined, cause: undefined, text: '' };
/** More than an answer needs that waits for no clock. */
const TURNS_OF_A_SECOND = 50;
const TURNS_MAX = 600 * TURNS_OF_A_SECOND;
