/** A set of faults: data, replaced as a whole; `{}` means none. */
import { z } from 'zod';
import { callsPerMinute } from './calls-per-minute.ts';
import { commitThenCut } from './commit-then-cut.ts';
import { cutReply } from './cut-reply.ts';
import { cutRequest } from './cut-request.ts';
import { drip } from './drip.ts';
import type { Fault } from './fault.ts';
import { latency } from './latency.ts';
import { malformedXml } from './malformed-xml.ts';
import { refuse } from './refuse.ts';
import { silentLoss } from './silent-loss.ts';
import { slowIngestion } from './slow-ingestion.ts';
import { status } from './status.ts';
import { stuck } from './stuck.ts';
import { visibleLoss } from './visible-loss.ts';

/** One optional field for each fault. */
export const faultSetSchema = z.strictObject({
  status: status.schema.optional(),
  callsPerMinute: callsPerMinute.schema.optional(),
  refuse: refuse.schema.optional(),
  cutRequest: cutRequest.schema.optional(),
  stuck: stuck.schema.optional(),
  slowIngestion: slowIngestion.schema.optional(),
  silentLoss: silentLoss.schema.optional(),
  visibleLoss: visibleLoss.schema.optional(),
  commitThenCut: commitThenCut.schema.optional(),
  malformedXml: malformedXml.schema.optional(),
  latency: latency.schema.optional(),
  cutReply: cutReply.schema.optional(),
  drip: drip.schema.optional(),
});

/** With every default filled in. */
export type FaultSet = z.output<typeof faultSetSchema>;
/** As it may be given: only what differs from the defaults. */
export type GivenFaults = z.input<typeof faultSetSchema>;
export type FaultName = keyof FaultSet;

/** In the order they are asked: what keeps a request out, what travels with a batch, what becomes of the reply. */
export const FAULTS: readonly (Fault & { readonly name: string })[] = [
  status,
  callsPerMinute,
  refuse,
  cutRequest,
  stuck,
  slowIngestion,
  silentLoss,
  visibleLoss,
  commitThenCut,
  malformedXml,
  latency,
  cutReply,
  drip,
];
