import { describe, expect, it } from 'vitest';
import { type UploadPlan, UploadError } from '../../../../src/client/index.ts';
import type { FollowOutcome, StatusReading } from '../../../../src/client/follow/follow-links.ts';
import { makeReport, sentPart, unsentPart } from '../../../../src/client/report/make-report.ts';
import type { Submission } from '../../../../src/client/send/submit-part.ts';

const PART = { part: 1, rows: 10, bytes: 100, emptyRows: 2 };
const PLAN: UploadPlan = {
  kind: 'plan',
  input: 'x',
  format: 'csv',
  delimiter: ',',
  idKind: 'pcId',
  idColumn: 'pcId',
  columns: [],
  parts: [PART],
  rows: 10,
  bytes: 100,
  skippedRows: 0,
  distinctIds: 1,
  warnings: [],
  problems: { count: 0, counts: {}, first: [] },
  minutesAtPace: 0,
  sample: [],
};
const JOB = { id: 'job', isRemembered: true, plan: PLAN };
const sent = { attempts: 1, ambiguousAttempts: 0 };
const ACCEPTED: Submission = { ...sent, kind: 'accepted', link: 'http://h/x?batchId=1' };

function followed(kind: FollowOutcome['kind'], updated: number, notFound = 0, failed = 0): FollowOutcome {
  const reading: StatusReading = {
    batchId: 'b',
    status: kind === 'complete' ? 'complete' : 'incomplete',
    batchSize: 10,
    consumedCount: updated + notFound + failed,
    successfulUpdates: updated,
    profilesNotFound: notFound,
    failedUpdates: failed,
    failedIds: [],
  };
  return { kind, link: 'http://h/x?batchId=1', reading, polls: 1, error: undefined };
}

const done = sentPart(PART, ACCEPTED, followed('complete', 8));
const rejected = sentPart(PART, ACCEPTED, followed('complete', 7, 1));
const stuck = sentPart(PART, ACCEPTED, followed('stuck', 3));
const timedOut = sentPart(PART, ACCEPTED, followed('timed-out', 3));
const submitted = sentPart(PART, ACCEPTED);
const failedForNow = sentPart(PART, { ...sent, kind: 'failed', error: new UploadError('network', 'x') });
const failedForGood = sentPart(PART, {
  ...sent,
  kind: 'failed',
  error: new UploadError('refused', 'x', { status: 400 }),
});
const interrupted = sentPart(PART, { ...sent, kind: 'interrupted' });

describe('a part', () => {
  it('our-empty-only-counters: takes rows without a value for ignored once the batch is complete', () => {
    expect(done).toMatchObject({ state: 'done', counts: { submitted: 10, updated: 8, ignored: 2, unaccounted: 0 } });
    expect(timedOut).toMatchObject({ state: 'timed-out', counts: { updated: 3, ignored: 0, unaccounted: 7 } });
  });

  it('is rejected-rows when the counters leave rows out', () => {
    expect(sentPart(PART, ACCEPTED, followed('complete', 7))).toMatchObject({
      state: 'rejected-rows',
      counts: { ignored: 2, unaccounted: 1 },
    });
  });

  it('is done when the service gives no counters to reconcile with', () => {
    const outcome = followed('complete', 0);
    const { batchId, status, failedIds } = outcome.reading!;
    const reading = { batchId, status, failedIds };
    expect(sentPart(PART, ACCEPTED, { ...outcome, reading })).toMatchObject({ state: 'done' });
  });

  it('counts nothing as submitted that was not accepted', () => {
    for (const part of [failedForNow, interrupted, unsentPart(PART, 'not-sent'), unsentPart(PART, 'skipped')]) {
      expect(part).toMatchObject({ accepted: false, link: undefined, counts: { submitted: 0, unaccounted: 0 } });
    }
  });
});

describe('the whole', () => {
  it('is as bad as its worst part', () => {
    const fromBadToGood = [interrupted, failedForGood, stuck, timedOut, failedForNow, rejected, submitted, done];
    const states = ['interrupted', 'failed', 'stuck', 'timed-out', 'failed', 'rejected-rows', 'submitted', 'done'];
    for (const [index, state] of states.entries()) {
      const parts = fromBadToGood.slice(index);
      expect(makeReport(JOB, parts.toReversed(), false).state).toBe(state);
    }
  });

  it('goes on at the first part that was not accepted, and lists the links whose end nobody saw', () => {
    const parts = [
      unsentPart(PART, 'skipped'),
      done,
      timedOut,
      { ...failedForNow, part: 4 },
      unsentPart(PART, 'not-sent'),
    ];
    const report = makeReport(JOB, parts, false);
    expect(report).toMatchObject({
      job: 'job',
      openParts: [1, 1, 4, 1],
      openLinks: ['http://h/x?batchId=1'],
      maybeTwice: false,
    });
    expect(report.total.submitted).toBe(20);
  });

  it('may have been applied twice only where an accepted part had an ambiguous attempt', () => {
    const twice = sentPart(PART, { ...ACCEPTED, attempts: 2, ambiguousAttempts: 1 });
    const once = sentPart(PART, {
      attempts: 1,
      ambiguousAttempts: 1,
      kind: 'failed',
      error: new UploadError('network', 'x'),
    });
    expect(makeReport(JOB, [twice], false).maybeTwice).toBe(true);
    expect(makeReport(JOB, [once], false).maybeTwice).toBe(false);
  });
});
