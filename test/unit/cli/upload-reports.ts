/** Upload reports to test with: everything went well, except for what a test says. */
import type { PartCounts, PartReport, UploadPlan, UploadReport } from '../../../src/client/index.ts';

export const COUNTS: PartCounts = { submitted: 5, updated: 5, notFound: 0, failed: 0, ignored: 0, unaccounted: 0 };

export const PLAN: UploadPlan = {
  kind: 'plan',
  input: 'crm.csv',
  format: 'csv',
  delimiter: ',',
  idKind: 'thirdPartyId',
  idColumn: 'customer_id',
  columns: [
    { column: 'tier', attribute: 'tier' },
    { column: 'town', attribute: 'city' },
  ],
  parts: [{ part: 1, rows: 5, bytes: 120, emptyRows: 1 }],
  rows: 5,
  bytes: 120,
  skippedRows: 0,
  distinctIds: 1,
  warnings: [],
  problems: { count: 0, counts: {}, first: [] },
  minutesAtPace: 0.04,
  sample: ['batch=thirdPartyId,tier,city', 'C-1,gold,Z%C3%BCrich'],
};

export function aPart(changes: Partial<PartReport>): PartReport {
  return {
    part: 1,
    state: 'done',
    rows: 5,
    bytes: 120,
    accepted: true,
    attempts: 1,
    ambiguousAttempts: 0,
    link: 'http://127.0.0.1:8181/m2/demo/profile/batchStatus?batchId=demo-1-2',
    counts: COUNTS,
    discrepancy: undefined,
    failedIds: [],
    error: undefined,
    ...changes,
  };
}

export function anUploadReport(changes: Partial<UploadReport>): UploadReport {
  return {
    kind: 'report',
    state: 'done',
    plan: PLAN,
    parts: [aPart({})],
    total: COUNTS,
    skippedRows: 0,
    problems: { count: 0, counts: {}, first: [] },
    job: '20260101-000000-aaaaa',
    openParts: [],
    openLinks: [],
    maybeTwice: false,
    verification: undefined,
    outcomesError: undefined,
    error: undefined,
    ...changes,
  };
}
