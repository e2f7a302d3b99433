/** What a switch that was turned changes, side by side: the client code's latest batch, or a sample, before and after. */
import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { pathOf } from '../address.ts';
import {
  ask,
  type BatchBody,
  type Batches,
  type FaultSet,
  type Pace,
  type Rehearsal,
  type Row,
  type Rows,
} from '../control-api.ts';
import { useAsked } from '../live.ts';
import { type Changes, changesOf, type Rehearsed, ROWS_MAX, SAMPLE, type Switches } from '../rehearse.ts';
import { href } from '../route.ts';
import { ruleOf } from './cause.tsx';
import { Code, indentedXml } from './code.tsx';
import { Problem } from './empty.tsx';
import { OutcomeBadge } from './outcome.tsx';
import { paceText } from './pace.ts';
import { Personal, visible } from './personal.tsx';
import { RuleChip } from './rule-chip.tsx';
import { duration } from './time.tsx';

/** What was in force before, as far as it was another. */
export type Was = Partial<Switches>;

export interface WhatChangesProps {
  readonly client: string | undefined;
  readonly was: Was;
  readonly close: () => void;
}

interface Shown {
  /** Undefined for the sample. */
  readonly batchId: string | undefined;
  readonly hasLatest: boolean;
  readonly changes: Changes;
}

export function WhatChanges({ client = 'demo', was, close }: WhatChangesProps) {
  const [isSample, setSample] = useState<boolean | undefined>(undefined);
  const now = useInForce(client);
  const key = `${client} ${JSON.stringify([was, now, isSample])}`;
  const { value, error } = useAsked(key, async (signal) =>
    now === undefined ? undefined : shown(client, was, now, isSample, signal),
  );
  const panel = useRef<HTMLElement>(null);
  // A switch may be turned far down the page, and a link leads to its top.
  const isThere = value !== undefined;
  useEffect(() => panel.current?.scrollIntoView({ block: 'nearest' }), [isThere]);
  return (
    <section ref={panel} class="card changes" aria-labelledby="changes">
      <div class="section-head">
        <h2 id="changes">What it changes</h2>
        <a href="#" class="quiet-button" onClick={(event) => (event.preventDefault(), close())}>
          Close
        </a>
      </div>
      {now !== undefined && <Turned was={was} now={now} />}
      {error !== undefined && <Problem error={error} />}
      {value === undefined && error === undefined && <p class="quiet">Tried in emulators of their own …</p>}
      {value !== undefined && (
        <>
          <p class="quiet">
            {value.batchId === undefined ? (
              'A sample of three small files, two of v2 and one of v1,'
            ) : (
              <>
                The latest batch, <a href={href(['batches', value.batchId])}>{value.batchId}</a>, up to {ROWS_MAX} of
                its rows,
              </>
            )}{' '}
            was sent to two emulators made for it, over the same profiles; nothing happened here.{' '}
            {value.hasLatest && (
              <button type="button" class="link" onClick={() => setSample(value.batchId !== undefined)}>
                {value.batchId === undefined ? 'Try the latest batch' : 'Try the sample'}
              </button>
            )}
          </p>
          <Differences changes={value.changes} />
        </>
      )}
    </section>
  );
}

function useInForce(client: string): Switches | undefined {
  const own = (part: string) => pathOf(['clients', client, part]);
  const { value } = useAsked(
    `in force ${client}`,
    async (signal): Promise<Switches> => {
      const [settings, pace, faults] = await Promise.all([
        // Nobody has used it yet: then these are what the emulator was started with.
        ask<Switches['settings']>(own('settings'), signal).catch(() => ({})),
        ask<Pace>(own('pace'), signal).catch((): Pace => ({ kind: 'immediate' })),
        Promise.all([ask<FaultSet>('faults', signal), ask<FaultSet>(own('faults'), signal)]),
      ]);
      return { settings, pace, faults: { ...faults[0], ...faults[1] } };
    },
    ['state'],
  );
  return value;
}

/** Where the latest batch tells nothing apart, the sample may. */
async function shown(
  client: string,
  was: Was,
  now: Switches,
  isSample: boolean | undefined,
  signal: AbortSignal,
): Promise<Shown> {
  const sides = { before: { ...now, ...was, settings: { ...now.settings, ...was.settings } }, after: now };
  const latest = isSample === true ? undefined : await latestBatch(client, signal);
  if (latest !== undefined) {
    const changes = await changesOf(client, latest.rehearsed, sides);
    if (isSample === false || changes.calls.length + changes.rows.length + changes.values.length > 0)
      return { batchId: latest.batchId, hasLatest: true, changes };
  }
  const hasLatest = latest !== undefined || isSample === true;
  return { batchId: undefined, hasLatest, changes: await changesOf(client, SAMPLE, sides) };
}

/** The newest that is kept and is text, with the profiles that it found. */
async function latestBatch(client: string, signal: AbortSignal) {
  const { batches } = await ask<Batches>(pathOf(['batches'], { client, limit: 10 }), signal);
  const batch = batches.find(({ body, status }) => body === 'kept' && status === 'complete');
  if (batch === undefined) return undefined;
  const { batchId, api } = batch;
  const [{ content }, { rows }] = await Promise.all([
    ask<BatchBody>(pathOf(['batches', batchId, 'body']), signal),
    ask<Rows>(pathOf(['batches', batchId, 'rows'], { outcome: 'updated', limit: ROWS_MAX }), signal),
  ]);
  if (content === null) return undefined;
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const text = new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(bytes)
    .split('\n')
    .slice(0, ROWS_MAX + 1)
    .join('\n');
  const kind = /^\uFEFF?batch=pcId/.test(text) ? 'pcId' : 'thirdPartyId';
  const profiles = rows.flatMap(({ id }): object[] => (id === null ? [] : [{ [kind]: id }]));
  const rehearsed: Rehearsed = { files: [{ api, text }], profiles };
  return { batchId, rehearsed };
}

/** From what to what, in words. */
function Turned({ was, now }: { readonly was: Was; readonly now: Switches }) {
  const names = (faults: FaultSet) => Object.keys(faults).join(', ') || 'none';
  const turned = [
    ...Object.entries(was.settings ?? {}).map(([name, value]) => [name, String(value), String(now.settings[name])]),
    ...(was.pace === undefined ? [] : [['pace', paceText(was.pace), paceText(now.pace)]]),
    ...(was.faults === undefined ? [] : [['faults', names(was.faults), names(now.faults)]]),
  ];
  return (
    <p class="turned">
      {turned.map(([name, from, to]) => (
        <span key={name}>
          {name}: <s>{from}</s> → <strong>{to}</strong>
        </span>
      ))}
    </p>
  );
}

function Differences({ changes: { calls, rows, values } }: { readonly changes: Changes }) {
  if (calls.length + rows.length + values.length === 0)
    return <p class="none">Nothing in these files tells the two apart.</p>;
  return (
    <>
      {rows.length > 0 && (
        <>
          <h3>Rows that end otherwise</h3>
          <Sided
            heads={['Row', 'Id']}
            rows={rows.map(({ key, id, before, after }) => ({
              key,
              cells: [key.replace(/^1:/, ''), id === null ? '–' : <Personal text={id} />],
              sides: [<Ended row={before} />, <Ended row={after} />],
            }))}
          />
        </>
      )}
      {values.length > 0 && (
        <>
          <h3>Values that differ then</h3>
          <Sided
            heads={['Profile', 'Attribute']}
            rows={values.map(({ id, name, before, after }) => ({
              key: `${id} ${name}`,
              cells: [<Personal text={id} />, <bdi>{visible(name)}</bdi>],
              sides: [<Held value={before} />, <Held value={after} />],
            }))}
          />
        </>
      )}
      {calls.map(({ what, before, after }) => (
        <div key={what}>
          <h3>The answer to {what}</h3>
          <div class="sides">
            <Answer name="Before" reply={before} />
            <Answer name="After" reply={after} />
          </div>
        </div>
      ))}
    </>
  );
}

interface SidedProps {
  readonly heads: readonly string[];
  readonly rows: readonly {
    readonly key: string;
    readonly cells: readonly ComponentChild[];
    readonly sides: readonly ComponentChild[];
  }[];
}

function Sided({ heads, rows }: SidedProps) {
  return (
    <div class="table">
      <table class="stacked">
        <thead>
          <tr>
            {[...heads, 'Before', 'After'].map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells, sides }) => (
            <tr key={key}>
              {cells.map((cell, index) => (
                <td key={index} data-label={heads[index]}>
                  {cell}
                </td>
              ))}
              {sides.map((side, index) => (
                <td key={index} data-label={index === 0 ? 'Before' : 'After'}>
                  {side}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Ended({ row }: { readonly row: Row | undefined }) {
  if (row === undefined) return <span class="quiet">not taken in, or not applied</span>;
  return (
    <>
      <OutcomeBadge outcome={row.outcome} /> <RuleChip id={row.rule} statement={row.message} />
    </>
  );
}

function Held({ value }: { readonly value: Changes['values'][number]['before'] }) {
  if (value === undefined) return <span class="quiet">–</span>;
  return (
    <>
      <Personal text={value.value} /> {value.layer === 'pending' && <span class="pill">pending</span>}{' '}
      {value.rule !== undefined && <RuleChip id={value.rule} />}
    </>
  );
}

function Answer({ name, reply }: { readonly name: string; readonly reply: Rehearsal['replies'][number] }) {
  const { status, cause = '', text, tookMs } = reply;
  const rule = ruleOf(cause);
  return (
    <section class="side" aria-label={name}>
      <p>
        <b>{name}</b> {status ?? 'cut before an answer'}
        {tookMs > 0 && `, after ${duration(tookMs)}`}{' '}
        {rule === undefined ? <span class="quiet">{cause}</span> : <RuleChip id={rule} />}
      </p>
      {text !== '' && <Code text={text.startsWith('<') ? indentedXml(text) : text} isPersonal />}
    </section>
  );
}
