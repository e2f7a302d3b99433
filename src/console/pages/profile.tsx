/** A profile: who wrote each attribute and by which rule, both layers side by side, and how long it lives. */
import type { ComponentChildren } from 'preact';
import { pathOf } from '../address.ts';
import { ask, type Clock, type ProfileExplanation, Refused, tell } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Empty, Problem } from '../parts/empty.tsx';
import { Personal, visible } from '../parts/personal.tsx';
import { CitedRules, RuleChip } from '../parts/rule-chip.tsx';
import { duration, exactly } from '../parts/time.tsx';
import { href } from '../route.ts';
import { Timeline } from './timeline.tsx';

interface Visitor {
  readonly client: string;
  readonly kind: string;
  readonly id: string;
}

export function ProfilePage(visitor: Visitor) {
  const { client, kind, id } = visitor;
  const path = pathOf(['clients', client, 'profiles', kind, id, 'explain']);
  const { value, error } = useAsked(
    path,
    (signal) => ask<ProfileExplanation>(path, signal),
    ['batches', 'state', 'journal'],
    1_000,
  );
  const head = (
    <>
      <p class="crumbs">
        <a href={href(['c', client])}>{client}</a> / profiles
      </p>
      <h1>
        <Personal text={id} /> <span class="of">{kind}</span>
      </h1>
    </>
  );
  if (value === undefined) {
    if (error === undefined) return null;
    return (
      <>
        {head}
        {error instanceof Refused && error.status === 404 ? (
          <>
            <Empty title={error.code === 'expired-profile' ? 'Its lifetime is over' : 'There is no such profile'}>
              {error.message}{' '}
              {error.code !== 'expired-profile' &&
                'v1 never creates one; v2 does, for a thirdPartyId. The rows of a batch tell which ids they named.'}
            </Empty>
            <Timeline client={client} kind={kind} id={id} value={undefined} />
          </>
        ) : (
          <Problem error={error} />
        )}
      </>
    );
  }
  return (
    <>
      {head}
      <Facts value={value} visitor={visitor} />
      <Layers value={value} />
      <Customers value={value} />
      <TakenAway value={value} />
      <Timeline client={client} kind={kind} id={id} value={value} />
      <CitedRules rules={value.rules} />
    </>
  );
}

function Facts({
  value,
  visitor: { client, kind },
}: {
  readonly value: ProfileExplanation;
  readonly visitor: Visitor;
}) {
  const own = pathOf(['clients', client, 'clock']);
  const clock = useAsked(own, (signal) => ask<Clock>(own, signal), ['state'], 1_000).value;
  const { pcId, thirdPartyId, bytes, bytesMax, livesUntil } = value;
  const otherKind = kind === 'pcId' ? 'thirdPartyId' : 'pcId';
  const other = otherKind === 'pcId' ? pcId : thirdPartyId;
  const visit = { ...(pcId !== undefined && { pcId }), ...(thirdPartyId !== undefined && { thirdPartyId }) };
  return (
    <dl class="counters">
      <Fact name="Linked with">
        {other === undefined ? (
          <span class="quiet">no {otherKind}</span>
        ) : (
          <a href={href(['c', client, 'profiles', otherKind, other])}>
            <Personal text={other} />
          </a>
        )}
      </Fact>
      <Fact name="Of 64 KB">
        {bytes.toLocaleString()} bytes
        <span
          class="bar"
          role="meter"
          aria-label="Bytes of the budget"
          aria-valuenow={bytes}
          aria-valuemin={0}
          aria-valuemax={bytesMax}
        >
          <span class="fill budget" style={{ flexGrow: bytes }} />
          <span style={{ flexGrow: Math.max(0, bytesMax - bytes) }} />
        </span>
      </Fact>
      <Fact name="Lives on for">
        <span title={exactly(livesUntil)}>
          {clock === undefined ? exactly(livesUntil) : duration(Date.parse(livesUntil) - clock.ms)}
        </span>
      </Fact>
      {thirdPartyId !== undefined && (
        <Fact name="Customer attributes">
          <a href={href(['c', client, 'sources'], { id: thirdPartyId })}>Its records</a>
        </Fact>
      )}
      <Fact name="A visit">
        <button
          type="button"
          title="What an mbox call does: links, and folds pending attributes in"
          onClick={() => void tell('POST', pathOf(['clients', client, 'visits']), visit)}
        >
          Let it come
        </button>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type Attribute = ProfileExplanation['attributes'][number];

function Layers({ value: { attributes, customerAttributes } }: { readonly value: ProfileExplanation }) {
  const names = [...new Set(attributes.map(({ name }) => name))];
  const of = (name: string, layer: Attribute['layer']) =>
    attributes.findLast((each) => each.name === name && each.layer === layer);
  const hasSession = attributes.some(({ layer }) => layer === 'session');
  const hasPending = attributes.some(({ layer }) => layer === 'pending');
  if (names.length === 0 && customerAttributes.length > 0) return null;
  if (names.length === 0) return <Empty title="No attribute">The profile is there, and holds nothing.</Empty>;
  return (
    <section aria-labelledby="attributes">
      <h2 id="attributes">Attributes</h2>
      <div class="table">
        <table class="stacked">
          <thead>
            <tr>
              <th>Name</th>
              <th>Base layer</th>
              {hasPending && (
                <th title="Above the base until a visit folds it in; a later v2 batch may take it away.">
                  Pending layer
                </th>
              )}
              {hasSession && (
                <th title="A Delivery or mbox call said it: other APIs do not see it yet.">In the session</th>
              )}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">
                  <bdi>{visible(name)}</bdi>
                </th>
                <td data-label="Base layer">
                  <Written attribute={of(name, 'base')} />
                </td>
                {hasPending && (
                  <td data-label="Pending layer">
                    <Written attribute={of(name, 'pending')} />
                  </td>
                )}
                {hasSession && (
                  <td data-label="In the session">
                    <Waiting attribute={of(name, 'session')} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Waiting({ attribute }: { readonly attribute: Attribute | undefined }) {
  if (attribute === undefined) return <span class="quiet">–</span>;
  return (
    <div class="written" title={attribute.message}>
      <Personal text={attribute.value} />
      <div class="by">
        waits until {exactly(attribute.modifiedAt)} <RuleChip id="mrg-memory" />
      </div>
    </div>
  );
}

function Customers({ value: { customerAttributes } }: { readonly value: ProfileExplanation }) {
  if (customerAttributes.length === 0) return null;
  return (
    <section aria-labelledby="customers">
      <h2 id="customers">Customer attributes</h2>
      <dl class="pairs">
        {customerAttributes.map(({ name, value, visible: isVisible, source, file, row }) => (
          <div key={name}>
            <dt>
              <bdi>{visible(name)}</bdi>
            </dt>
            <dd>
              <Personal text={value} /> {!isVisible && <span class="pill state-covered">not shown</span>}{' '}
              <span class="quiet">
                {source === null ? 'a file not kept' : `row ${row} of ${visible(file ?? '')}, ${source}`}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Written({ attribute }: { readonly attribute: Attribute | undefined }) {
  if (attribute === undefined) return <span class="quiet">–</span>;
  const { value, visible: isVisible, batchId, row, rule, message } = attribute;
  return (
    <div class={isVisible ? 'written' : 'written covered'} title={message}>
      <div>
        <Personal text={value} />
        {!isVisible && <span class="pill state-covered">covered</span>}
      </div>
      <div class="by">
        {batchId === null ? (
          'written outside of batches'
        ) : (
          <a href={href(['batches', batchId], { row: row ?? undefined })}>
            row {row} of {batchId}
          </a>
        )}{' '}
        {rule !== null && <RuleChip id={rule} />}
      </div>
    </div>
  );
}

function TakenAway({ value: { overridden } }: { readonly value: ProfileExplanation }) {
  if (overridden.length === 0) return null;
  return (
    <section aria-labelledby="taken">
      <h2 id="taken">Taken away</h2>
      <ul class="notes">
        {overridden.map(({ name, batchId, row, by, byRow }) => (
          <li key={`${name} ${by} ${byRow}`}>
            <bdi>{visible(name)}</bdi>, written by row {row} of{' '}
            {batchId === null ? 'an earlier batch' : <a href={href(['batches', batchId], { row })}>{batchId}</a>}, went
            with{' '}
            <a href={href(['batches', by], { row: byRow })}>
              row {byRow} of {by}
            </a>
            . <RuleChip id="v2-override-caveat" />
          </li>
        ))}
      </ul>
    </section>
  );
}
