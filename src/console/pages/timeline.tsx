/** Everything that is known to have touched a profile, newest first; and what nobody can know any more. */
import type { ComponentChildren } from 'preact';
import { pathOf } from '../address.ts';
import { ask, type JournalRequest, type ProfileExplanation, Refused, type VisitorJournal } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { ruleOf } from '../parts/cause.tsx';
import { Problem } from '../parts/empty.tsx';
import { visible } from '../parts/personal.tsx';
import { RuleChip } from '../parts/rule-chip.tsx';
import { Time } from '../parts/time.tsx';
import { href } from '../route.ts';

interface Touch {
  readonly key: string;
  readonly at: string;
  /** `write` for what left something behind. */
  readonly kind: 'write' | 'visit' | 'fetch' | 'update';
  readonly text: ComponentChildren;
}

export interface TimelineProps {
  readonly client: string;
  readonly kind: string;
  readonly id: string;
  /** Undefined where there is no such profile: it may have been asked for all the same. */
  readonly value: ProfileExplanation | undefined;
}

/** A long journal is looked through for one visitor: seldom enough. */
const PAUSE_MS = 2_000;
const ENTRIES_SHOWN = 100;

export function Timeline({ client, kind, id, value }: TimelineProps) {
  const path = pathOf(['clients', client, 'profiles', kind, id, 'journal'], { limit: ENTRIES_SHOWN });
  const { value: journal, error } = useAsked(
    path,
    (signal) => ask<VisitorJournal>(path, signal),
    ['journal', 'state'],
    PAUSE_MS,
  );
  const isOff = error instanceof Refused && error.code === 'journal-off';
  if (journal === undefined && error === undefined) return null;
  const requests = (journal?.entries ?? []).flatMap((entry) => (entry.kind === 'request' ? askedFor(entry) : []));
  // A clock that stands gives many things one time: then what came later in the journal is the later one.
  const touches = [
    ...(value === undefined ? [] : [...writesOf(value), ...broughtTo(value)]),
    ...requests.toReversed(),
  ].toSorted((a, b) => b.at.localeCompare(a.at));
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">What touched it</h2>
      {error !== undefined && !isOff && <Problem error={error} />}
      {touches.length === 0 && <p class="quiet none">Nothing that is known of.</p>}
      <ol class="timeline">
        {touches.map(({ key, at, kind: what, text }) => (
          <li key={key} class={`touch-${what}`}>
            <Time at={at} />
            <span>{text}</span>
          </li>
        ))}
      </ol>
      <Unknown journal={journal} isOff={isOff} />
    </section>
  );
}

/** The latest write of each attribute is all that a profile remembers. */
function writesOf({ attributes, overridden }: ProfileExplanation): Touch[] {
  const writes = new Map<
    string,
    { at: string; batchId: string | null; row: number | null; layer: string; names: string[] }
  >();
  for (const { modifiedAt: at, batchId, row, layer, name } of attributes) {
    const key = `${at} ${batchId} ${row} ${layer}`;
    const write = writes.get(key) ?? { at, batchId, row, layer, names: [] };
    write.names.push(name);
    writes.set(key, write);
  }
  const takers = new Map<string, number>();
  for (const { by } of overridden) takers.set(by, (takers.get(by) ?? 0) + 1);
  return Array.from(writes, ([key, { at, batchId, row, layer, names }]) => ({
    key,
    at,
    kind: 'write',
    text:
      layer === 'session' ? (
        <>
          {names.length === 1 ? <bdi>{visible(names[0]!)}</bdi> : `${names.length} attributes`} of a Delivery or mbox
          call {names.length === 1 ? 'reaches' : 'reach'} the store then. <RuleChip id="mrg-memory" />
        </>
      ) : (
        <>
          {batchId === null ? (
            'A single update, a visit, or a profile to start with,'
          ) : (
            <a href={href(['batches', batchId], { row: row ?? undefined })}>
              Row {row} of {batchId}
            </a>
          )}{' '}
          wrote {names.length === 1 ? <bdi>{visible(names[0]!)}</bdi> : `${names.length} attributes`} into the {layer}{' '}
          layer
          {batchId !== null && takers.has(batchId) && `, and took ${takers.get(batchId)} away`}.
        </>
      ),
  }));
}

/** One for each row of a file that a visit brought. */
function broughtTo({ customerAttributes }: ProfileExplanation): Touch[] {
  const rows = Map.groupBy(customerAttributes, ({ modifiedAt, source, file, row }) =>
    [modifiedAt, source, file, row].join(' '),
  );
  return Array.from(rows, ([key, held]) => {
    const { modifiedAt, source, file, row } = held[0]!;
    const place = source === null ? 'a file not kept' : `${visible(file ?? '')} of ${source}`;
    const what = held.length === 1 ? 'a customer attribute' : `${held.length} customer attributes`;
    return {
      key: `file ${key}`,
      at: modifiedAt,
      kind: 'write',
      text: (
        <>
          A visit brought {what} from row {row} of {place}. <RuleChip id="ca-preload" />
        </>
      ),
    };
  });
}

const ASKED = {
  fetch: ['fetch', 'A fetch'],
  update: ['update', 'A single update'],
  delivery: ['visit', 'A visit by a Delivery call'],
  mbox: ['visit', 'A visit by an mbox call'],
} as const;

function askedFor(entry: JournalRequest): Touch[] {
  const { sequence, at, operation, status, cause, client } = entry;
  const asked = Object.entries(ASKED).find(([name]) => name === operation)?.[1];
  if (asked === undefined) return [];
  const rule = ruleOf(cause);
  return [
    {
      key: `entry ${sequence}`,
      at,
      kind: asked[0],
      text: (
        <>
          <a href={href(['traffic'], { client, entry: sequence })}>{asked[1]}</a>
          {status === undefined ? ', cut before an answer' : `, answered ${status}`}.{' '}
          {rule !== undefined && <RuleChip id={rule} />}
        </>
      ),
    },
  ];
}

/** What is not in the list, said plainly. */
function Unknown({ journal, isOff }: { readonly journal: VisitorJournal | undefined; readonly isOff: boolean }) {
  const { entries = [], evicted = 0, earlier = 0 } = journal ?? {};
  const some = (count: number) => `${count.toLocaleString()} ${count === 1 ? 'entry' : 'entries'} of this client code`;
  return (
    <details class="unknown" open={isOff || evicted > 0 || earlier > 0}>
      <summary>What is not in this list</summary>
      <ul class="notes">
        {isOff && (
          <li>
            Fetches, visits and single updates: no journal is kept. <code>tpe serve --journal on</code> keeps one.
          </li>
        )}
        {entries.length === ENTRIES_SHOWN && <li>Requests before the last {ENTRIES_SHOWN}.</li>}
        {evicted > 0 && <li>The journal is bounded: {some(evicted)} went, maybe of this visitor.</li>}
        {earlier > 0 && (
          <li>
            {some(earlier)} are of an earlier run. The journal keeps no ids but digests, whose key went with that run:
            whose these are nobody can tell.
          </li>
        )}
        <li>Writes that later ones have replaced: a profile remembers the last of each attribute.</li>
        <li>What came by the control API, such as the button above: it is in no journal, only in what it left.</li>
      </ul>
    </details>
  );
}
