/** What can be switched while everything runs: faults, pace and readings, of one client code or of all; clock, snapshots. */
import { faults as sentences } from 'built:console';
import { type ComponentChild, Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { pathOf } from '../address.ts';
import { ask, type Clients, type FaultSet, type Pace, Refused, type Rule, tell } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { ClockCard } from '../parts/clock-card.tsx';
import { Problem } from '../parts/empty.tsx';
import { Field } from '../parts/field.tsx';
import { paceText } from '../parts/pace.ts';
import { RuleChip } from '../parts/rule-chip.tsx';
import { type Was, WhatChanges } from '../parts/what-changes.tsx';
import { href, type Route, setQuery } from '../route.ts';
import { type FieldSchema, useSchema } from '../schemas.ts';

export function SwitchesPage({ client, route }: { readonly client: string | undefined; readonly route: Route }) {
  const was = readWas(route.query.get('was'));
  const turning: Turning = {
    turned: (before) => setQuery(route, { was: JSON.stringify(before) }),
    changes: (part, reading) =>
      was?.[part] !== undefined && (reading === undefined || Object.hasOwn(was[part], reading)) ? (
        <WhatChanges
          key={JSON.stringify(was)}
          client={client}
          was={was}
          close={() => setQuery(route, { was: undefined })}
        />
      ) : null,
  };
  const clients =
    useAsked('clients', (signal) => ask<Clients>('clients', signal), ['state', 'batches'], 1_000).value?.clients ?? [];
  const codes = [...new Set([...clients.map((each) => each.client), ...(client === undefined ? [] : [client])])];
  return (
    <>
      <div class="section-head">
        <h1>Switches</h1>
        <select
          aria-label="Whose"
          value={client ?? ''}
          onChange={(event) => {
            const { value } = event.currentTarget;
            location.hash = value === '' ? href(['switches']) : href(['c', value, 'switches']);
          }}
        >
          <option value="">every client code</option>
          {codes.map((code) => (
            <option key={code}>{code}</option>
          ))}
        </select>
      </div>
      {client === undefined ? (
        <div class="columns even">
          <ClockCard />
          <section class="card" aria-labelledby="release">
            <h2 id="release">Release</h2>
            <p class="quiet">Batches that wait for a time, for status requests or for you are applied now.</p>
            <div class="buttons">
              <button type="button" onClick={() => void tell('POST', 'release')}>
                Release every batch
              </button>
              <a class="button" href={href(['snapshots'])}>
                Snapshots
              </a>
            </div>
          </section>
        </div>
      ) : (
        <>
          <PaceSwitch client={client} {...turning} />
          <Readings client={client} {...turning} />
        </>
      )}
      <Faults client={client} {...turning} />
    </>
  );
}

interface Turning {
  /** What was in force stands in the address: what changes can be reloaded and shared. */
  readonly turned: (was: Was) => void;
  /** Shows what such a switch changes, where that is what was turned last. */
  readonly changes: (part: keyof Was, reading?: string) => ComponentChild;
}

/** What somebody typed into the address may be anything. */
function readWas(text: string | null): Was | undefined {
  try {
    const parts = Object.entries(JSON.parse(text ?? '{}') as object).filter(
      ([, part]) => typeof part === 'object' && part !== null,
    );
    return parts.length === 0 ? undefined : Object.fromEntries(parts);
  } catch {
    return undefined;
  }
}

interface SwitchProps extends Turning {
  readonly client: string;
}

/** Shows what was refused, in the emulator's words. */
function useTold() {
  const [problem, setProblem] = useState('');
  const act = async (action: Promise<unknown>, again: () => void) => {
    try {
      await action;
      setProblem('');
      again();
      return true;
    } catch (error) {
      setProblem(error instanceof Refused ? error.message : String(error));
      return false;
    }
  };
  const said = problem === '' ? null : <Problem error={new Error(problem)} />;
  return { act, said };
}

const PACES: readonly Pace[] = [
  { kind: 'immediate' },
  { kind: 'realistic' },
  { kind: 'duration', ms: 10_000 },
  { kind: 'polls', polls: 3 },
  { kind: 'manual' },
  { kind: 'stuck' },
];

function PaceSwitch({ client, turned, changes }: SwitchProps) {
  const path = pathOf(['clients', client, 'pace']);
  const { value: pace, again } = useAsked(path, (signal) => ask<Pace>(path, signal), ['state']);
  const { act, said } = useTold();
  return (
    <section aria-labelledby="pace">
      <h2 id="pace">Pace</h2>
      <p class="quiet">When a batch is applied, from the next one on.</p>
      <div class="choices" role="group" aria-labelledby="pace">
        {PACES.map((each) => (
          <button
            key={each.kind}
            type="button"
            aria-pressed={pace?.kind === each.kind}
            onClick={() =>
              void act(tell('PUT', path, each), () => {
                again();
                if (pace !== undefined && pace.kind !== each.kind) turned({ pace });
              })
            }
          >
            {paceText(pace?.kind === each.kind ? pace : each)}
          </button>
        ))}
        <button
          type="button"
          class="quiet-button"
          onClick={() => void act(tell('POST', pathOf(['clients', client, 'release'])), again)}
        >
          Release what waits
        </button>
      </div>
      {said}
      {changes('pace')}
    </section>
  );
}

function Readings({ client, turned, changes }: SwitchProps) {
  const path = pathOf(['clients', client, 'settings']);
  const schema = useSchema('/clients/{client}/settings');
  const { value, error, again } = useAsked(path, (signal) => ask<Readonly<Record<string, unknown>>>(path, signal), [
    'state',
  ]);
  const rules =
    useAsked('rules', (signal) => ask<{ readonly rules: readonly Rule[] }>('rules', signal)).value?.rules ?? [];
  const { act, said } = useTold();
  return (
    <section aria-labelledby="readings">
      <h2 id="readings">Readings</h2>
      <p class="quiet">Where the documents leave a choice. A change counts from the next batch on.</p>
      {said}
      {error !== undefined && value === undefined && (
        <p class="quiet">
          Nobody has used {client} yet: the first batch takes the readings that the emulator was started with.
        </p>
      )}
      {value !== undefined && schema?.properties !== undefined && (
        <div class="switch-list">
          {Object.entries(schema.properties).map(([name, field]) => (
            <Fragment key={name}>
              <div class="switch">
                <div>
                  <label for={`reading-${name}`}>{name}</label>
                  <p class="quiet">{field.description}</p>
                  <p>
                    {rules
                      .filter(({ setting }) => setting === name)
                      .slice(0, RULES_SHOWN)
                      .map(({ id, statement }) => (
                        <RuleChip key={id} id={id} statement={statement} />
                      ))}
                  </p>
                </div>
                <Field
                  id={`reading-${name}`}
                  schema={field}
                  value={value[name]}
                  change={(changed) =>
                    void act(tell('PUT', path, { [name]: changed }), () => {
                      again();
                      turned({ settings: { [name]: value[name] } });
                    })
                  }
                />
              </div>
              {changes('settings', name)}
            </Fragment>
          ))}
        </div>
      )}
    </section>
  );
}

const RULES_SHOWN = 3;

function Faults({ client, turned, changes }: Turning & { readonly client: string | undefined }) {
  const path = client === undefined ? 'faults' : pathOf(['clients', client, 'faults']);
  const schema = useSchema('/faults');
  const { value, again } = useAsked(path, (signal) => ask<FaultSet>(path, signal), ['state']);
  const { act, said } = useTold();
  const set = (faults: object) =>
    act(tell('PUT', path, faults), () => {
      again();
      if (value !== undefined) turned({ faults: value });
    });
  const isAny = value !== undefined && Object.keys(value).length > 0;
  return (
    <section aria-labelledby="faults">
      <div class="section-head">
        <h2 id="faults">
          Faults {client === undefined ? <small>for every client code</small> : <small>for {client}</small>}
        </h2>
        {isAny && (
          <button type="button" onClick={() => void set({})}>
            None of them
          </button>
        )}
      </div>
      <p class="quiet">What goes wrong on purpose. A batch that was accepted keeps what it was given.</p>
      {said}
      {value !== undefined && schema?.properties !== undefined && (
        <div class="fault-list">
          {Object.entries(schema.properties).map(([name, fault]) => (
            <FaultSwitch key={name} name={name} schema={fault} faults={value} set={set} />
          ))}
        </div>
      )}
      {changes('faults')}
    </section>
  );
}

/** What stands between backticks is a rule where it is named like one, else code. */
function WhatHappens({ sentence }: { readonly sentence: string }) {
  return (
    <>
      {sentence.split('`').map((part, index) => {
        if (index % 2 === 0) return index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part;
        return part.includes('-') ? <RuleChip key={index} id={part} /> : <code key={index}>{part}</code>;
      })}
    </>
  );
}

interface FaultSwitchProps {
  readonly name: string;
  readonly schema: FieldSchema;
  readonly faults: FaultSet;
  /** Resolves to whether it was taken. */
  readonly set: (faults: object) => Promise<boolean>;
}

function FaultSwitch({ name, schema, faults, set }: FaultSwitchProps) {
  const all: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> = { ...faults };
  const given = all[name];
  const { [name]: _, ...others } = all;
  // Shown as the reader wants it until the emulator has said what it is.
  const [wanted, setWanted] = useState<boolean | undefined>(undefined);
  const isOn = given !== undefined;
  useEffect(() => setWanted(undefined), [isOn]);
  const turn = async (to: boolean) => {
    setWanted(to);
    if (!(await set(to ? { ...others, [name]: {} } : others))) setWanted(undefined);
  };
  return (
    <div class={isOn ? 'card fault on' : 'card fault'}>
      <label class="toggle">
        <input type="checkbox" checked={wanted ?? isOn} onChange={(event) => void turn(event.currentTarget.checked)} />
        <strong>{name}</strong>
      </label>
      <p class="quiet">
        <WhatHappens sentence={`${sentences[name] ?? name}.`} />
      </p>
      {given !== undefined && (
        <div class="fields">
          {Object.entries(schema.properties ?? {})
            .filter(([field]) => field !== 'content')
            .map(([field, fieldSchema]) => (
              <label key={field} title={fieldSchema.description}>
                {field}
                <Field
                  schema={fieldSchema}
                  value={given[field]}
                  change={(changed) => {
                    const { [field]: __, ...rest } = given;
                    void set({ ...others, [name]: changed === undefined ? rest : { ...rest, [field]: changed } });
                  }}
                />
              </label>
            ))}
        </div>
      )}
    </div>
  );
}
