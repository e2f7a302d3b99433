/** Finds silent loss: fetches some of the profiles that were said to be updated, and compares them with what was sent. */
import { linesOf } from '../plan/part-bodies.ts';
import type { PlannedPart } from '../plan/upload-plan.ts';
import type { Verification } from '../report/upload-report.ts';
import type { Errand } from '../services.ts';
import { makeCall } from '../send/make-call.ts';

export interface SampledRow {
  readonly id: string;
  /** What the rows of the id say together: a later one wins. */
  readonly values: ReadonlyMap<string, string>;
}

/** Some rows of a part, in proportion to its share of all. The rows of an id are all in one part. */
export async function sampleRows(part: PlannedPart, errand: Errand): Promise<readonly SampledRow[]> {
  const count = Math.min(part.rows, Math.ceil((errand.verify * part.rows) / errand.job.plan.rows));
  if (count === 0) return [];
  // One out of each of so many stretches.
  const chosen = new Set(
    Array.from({ length: count }, (_, index) => Math.floor(((index + errand.random.next()) * part.rows) / count)),
  );
  const values = new Map<string, Map<string, string>>();
  let at = 0;
  for await (const lines of linesOf(errand.job.body(part.part))) {
    for (const line of lines) if (chosen.has(at++)) values.set(cellsOf(line)[0]!, new Map());
  }
  let names: readonly string[] = [];
  const body = linesOf(errand.job.body(part.part), (header) => void (names = cellsOf(header)));
  for await (const lines of body)
    for (const line of lines) {
      const [id, ...cells] = cellsOf(line);
      const known = values.get(id!);
      // An empty cell leaves the value alone (empty-ignored).
      for (const [index, cell] of cells.entries()) if (cell !== '') known?.set(names[index + 1]!, cell);
    }
  return [...values].flatMap(([id, of]) => (of.size === 0 ? [] : [{ id, values: of }]));
}

export async function verifyRows(samples: readonly SampledRow[], errand: Errand): Promise<Verification> {
  const { api, client, endpoint, job } = errand;
  const place = `${endpoint.origin}/rest/v1/profiles/${job.plan.idKind === 'pcId' ? '' : 'thirdPartyId/'}`;
  const found = { fetched: 0, missing: [] as string[], different: [] as string[], unknown: 0 };
  const chosen = samples.slice(0, errand.verify);
  for (const { id, values } of chosen) {
    const url = `${place}${encodeURIComponent(id)}?client=${client}`;
    const outcome = await makeCall({ url, replyBytesMax: PROFILE_BYTES_MAX, attempt: 1 }, errand);
    if (outcome.kind === 'interrupted') break;
    const isMissing = outcome.kind === 'failed' && outcome.error.status === 404;
    const attributes = outcome.kind === 'answered' ? attributesOf(outcome.text) : undefined;
    // What v1 does not find it does not make: that is in the counters.
    if (isMissing && api === 'v1') found.unknown += 1;
    else if (isMissing) found.missing.push(id);
    else if (attributes === undefined) found.unknown += 1;
    else if ([...values].some(([name, value]) => attributes.get(name) !== value)) found.different.push(id);
    if (attributes !== undefined) found.fetched += 1;
    errand.onProgress?.({ kind: 'verifying', fetched: found.fetched, of: chosen.length });
  }
  return found;
}

/** A profile has at most 64 KB of values (lim-profile-64kb); names and times come on top. */
const PROFILE_BYTES_MAX = 4 * 1024 * 1024;

const cellsOf = (line: string) => line.split(',').map(decodeURIComponent);

/** Undefined where the text is no profile. */
function attributesOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const { profileAttributes } = JSON.parse(text) as { readonly profileAttributes?: unknown };
    if (typeof profileAttributes !== 'object' || profileAttributes === null) return undefined;
    const held = Object.entries(profileAttributes as Record<string, { readonly value?: unknown } | null>);
    return new Map(held.map(([name, attribute]) => [name, attribute?.value]));
  } catch {
    return undefined;
  }
}
