/** Before a job sends: whose ids it would write at the same time, or roll back. */
import { followLinks } from '../follow/follow-links.ts';
import { codeOf } from '../send/make-call.ts';
import type { Errand } from '../services.ts';
import { UploadError } from '../upload-error.ts';
import type { PartRow } from './job-database.ts';
import type { Jobs, OtherJob } from './jobs.ts';
import { countShared, idHashes, merged } from './visitor-ids.ts';

/** Nothing is known of others where nothing is remembered. @throws `newer-upload`, `job-busy`, `state-unusable` */
export async function makeWay(errand: Errand): Promise<void> {
  const { job, jobs, api, onOverlap, rollBack } = errand;
  if (jobs === undefined) return;
  if (!rollBack) {
    const hasWritten = ({ state }: PartRow) => state !== 'unsent' && state !== 'settled';
    const [newer] = await meetings(errand, jobs, jobs.others(job, 'later', hasWritten), new Map());
    if (newer !== undefined) throw rollsBack(job.id, newer);
  }
  // Only v2 and only a thirdPartyId are named by the caveat (v2-override-caveat).
  if (api !== 'v2' || job.plan.idKind !== 'thirdPartyId' || onOverlap === 'send') return;
  await waitForEarlier(jobs, errand);
}

async function waitForEarlier(jobs: Jobs, errand: Errand): Promise<void> {
  const { job, clock, signal, onProgress } = errand;
  const seenToEnd = new Set<string>();
  const counted = new Map<string, number>();
  for (;;) {
    const met = await meetings(errand, jobs, jobs.others(job, 'earlier', isInWork), counted);
    const open = met.filter(({ isRunning, links }) => isRunning || links.some(({ link }) => !seenToEnd.has(link)));
    const [first] = open;
    if (first === undefined) return;
    onProgress?.({ kind: 'held-up', job: first.id, sharedIds: first.sharedIds });
    if (open.some(({ isRunning }) => isRunning)) {
      await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => undefined);
      if (signal?.aborted === true) return;
      continue;
    }
    const targets = open.flatMap(({ links }) => links);
    for (const { kind, link } of await followLinks(targets, { ...errand, wait: true })) {
      if (kind === 'interrupted') return;
      if (kind !== 'complete' && kind !== 'stuck') throw stillWorking(job.id, first);
      seenToEnd.add(link);
    }
  }
}

/** Another process works at its job meanwhile. */
const LOOK_AGAIN_MS = 2_000;

const isInWork = ({ state }: PartRow, isRunning: boolean) =>
  state === 'sending' || state === 'accepted' || (isRunning && state === 'unsent');

type Meeting = OtherJob & { readonly sharedIds: number };

/** Those of the others that share ids. While somebody looks again and again only their number is held, in `counted`. */
async function meetings({ job }: Errand, jobs: Jobs, others: Iterable<OtherJob>, counted: Map<string, number>) {
  const unsent = job.parts().filter(({ state }) => state === 'unsent' || state === 'stuck');
  const met: Meeting[] = [];
  for (const other of others) {
    const which = `${other.id}: ${other.parts.map(({ part }) => part).join()}`;
    let sharedIds = counted.get(which);
    if (sharedIds === undefined) {
      const theirs = await idHashes(jobs.rowsOf(other, other.parts)).catch((error: unknown) => {
        // They may go before they are read: then its end is known, and what it has written was noted before they went.
        if (codeOf(error) === 'ENOENT') return new Float64Array();
        throw unseen(other.id, error);
      });
      sharedIds = await countShared(jobs.rowsOf(job, unsent), merged(other.written(), theirs));
      counted.set(which, sharedIds);
    }
    if (sharedIds > 0) met.push({ ...other, sharedIds });
  }
  return met;
}

function rollsBack(id: string, { id: newer, sharedIds }: Meeting): UploadError {
  const message = `Job ${newer} has written ${sharedIds} of these ids since job ${id} began: what is sent now would roll them back. Forget job ${id}, or say that it is meant (--roll-back).`;
  return new UploadError('newer-upload', message, { job: id });
}

function unseen(id: string, cause: unknown): UploadError {
  const message = `The rows that job ${id} keeps cannot be read: nobody knows which ids it writes. Forget it: tpe jobs forget ${id}.`;
  return new UploadError('state-unusable', message, { cause });
}

function stillWorking(own: string, { id, sharedIds }: Meeting): UploadError {
  const message = `Job ${id} shares ${sharedIds} ids and its end is not known. Consecutive v2 batches for one id override each other (v2-override-caveat): wait for its end, or send at once (--on-overlap send).`;
  return new UploadError('job-busy', message, { job: own });
}
