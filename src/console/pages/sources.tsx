/** Customer attributes of a client code: its sources, what became of their files, and what these say of a customer. */
import { useState } from 'preact/hooks';
import { pathOf } from '../address.ts';
import { API, ask, type AttributeFile, type CustomerRecord, type Files, Refused, type Source } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Empty, Problem } from '../parts/empty.tsx';
import { Personal, visible } from '../parts/personal.tsx';
import { RuleChip } from '../parts/rule-chip.tsx';
import { exactly, Time } from '../parts/time.tsx';
import { href, type Route, setQuery } from '../route.ts';

const FILES_SHOWN = 20;

export function SourcesPage({ client, route }: { readonly client: string; readonly route: Route }) {
  const path = pathOf(['clients', client, 'sources']);
  const { value, error } = useAsked(
    path,
    (signal) => ask<{ readonly sources: readonly Source[] }>(path, signal),
    ['state'],
    1_000,
  );
  const id = route.query.get('id') ?? '';
  return (
    <>
      <p class="crumbs">
        <a href={href(['c', client])}>{client}</a> / customer attributes
      </p>
      <div class="section-head">
        <h1>Sources</h1>
        {value !== undefined && value.sources.length > 0 && <FindCustomer route={route} id={id} />}
      </div>
      {error !== undefined && value === undefined && <Problem error={error} />}
      {value?.sources.length === 0 && <NoSource client={client} />}
      {value?.sources.map((source) => (
        <OneSource key={source.alias} client={client} source={source} id={id} />
      ))}
    </>
  );
}

function NoSource({ client }: { readonly client: string }) {
  return (
    <Empty
      title="No source of customer attributes yet"
      commands={[
        `tpe sources add crm --name CRM --client ${client} --url ${API}`,
        String.raw`printf 'customer_id,tier\nC-1,gold\n' > crm.csv`,
        `tpe sources put crm crm.csv --client ${client} --url ${API}`,
      ]}
    >
      The third way to bring data: a file of a source, whose rows wait as records until the customer comes. Make a
      source, and say something of a customer:
    </Empty>
  );
}

function FindCustomer({ route, id }: { readonly route: Route; readonly id: string }) {
  const [typed, setTyped] = useState(id);
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        setQuery(route, { id: typed });
      }}
    >
      <input
        type="search"
        aria-label="Customer id"
        placeholder="Customer id"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <button type="submit">Show its records</button>
    </form>
  );
}

function OneSource({ client, source, id }: { readonly client: string; readonly source: Source; readonly id: string }) {
  const { alias, name, description, attributes, subscribed, active, account } = source;
  return (
    <section aria-labelledby={`source-${alias}`} class="attribute-source">
      <h2 id={`source-${alias}`}>
        {name} {name !== alias && <small>alias {alias}</small>}{' '}
        {!active && <span class="pill state-covered">not active</span>}
      </h2>
      {description !== undefined && <p>{description}</p>}
      <p class="facts">
        <span>
          shown as <code>crs.{name}.…</code>
        </span>
        <span>
          integration code <code>{alias}</code>
        </span>
        <span>
          SFTP account <code>{account}</code>
        </span>
      </p>
      {id !== '' && <OneRecord client={client} alias={alias} id={id} />}
      <Schema attributes={attributes} subscribed={subscribed} />
      <FileTable client={client} alias={alias} />
    </section>
  );
}

function Schema({ attributes, subscribed }: Pick<Source, 'attributes' | 'subscribed'>) {
  if (attributes === null) return <p class="quiet">No schema yet: its first file makes it.</p>;
  return (
    <details>
      <summary>
        Schema: {attributes.length} {attributes.length === 1 ? 'attribute' : 'attributes'},{' '}
        {subscribed === 'all' ? 'all subscribed to' : `${subscribed.length} subscribed to`}
      </summary>
      <div class="table">
        <table class="stacked">
          <thead>
            <tr>
              <th>Attribute</th>
              <th>Type</th>
              <th>Subscribed</th>
              <th>Shown as</th>
            </tr>
          </thead>
          <tbody>
            {attributes.map(({ name, type, displayName, description }) => (
              <tr key={name}>
                <td class="stack-head">
                  <bdi>{visible(name)}</bdi>
                </td>
                <td data-label="Type">{type}</td>
                <td data-label="Subscribed">{subscribed === 'all' || subscribed.includes(name) ? 'yes' : 'no'}</td>
                <td data-label="Shown as" class="quiet">
                  {[displayName, description]
                    .filter((text) => text !== undefined)
                    .map(visible)
                    .join(': ') || '–'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function FileTable({ client, alias }: { readonly client: string; readonly alias: string }) {
  const path = pathOf(['clients', client, 'sources', alias, 'files'], { limit: FILES_SHOWN });
  const { value, error } = useAsked(path, (signal) => ask<Files>(path, signal), ['state', 'journal', 'batches'], 1_000);
  if (value === undefined) return error === undefined ? null : <Problem error={error} />;
  if (value.files.length === 0) {
    return (
      <Empty title="No file yet" commands={[`tpe sources put ${alias} FILE.csv --client ${client} --url ${API}`]}>
        By hand, or by SFTP with a .fin beside it (<code>tpe serve --sftp-port 2222</code>).
      </Empty>
    );
  }
  return (
    <>
      <div class="table">
        <table class="stacked">
          <thead>
            <tr>
              <th>File</th>
              <th>Status</th>
              <th class="number">Rows</th>
              <th class="number">Applied</th>
              <th class="number">New records</th>
              <th class="number">Left out</th>
              <th>Received</th>
            </tr>
          </thead>
          <tbody>
            {value.files.map((file) => (
              <OneFile key={file.file} file={file} />
            ))}
          </tbody>
        </table>
      </div>
      {value.next !== null && <p class="quiet">The latest {FILES_SHOWN} are shown.</p>}
    </>
  );
}

function OneFile({ file }: { readonly file: AttributeFile }) {
  const { name, status, rows, appliedRows, createdRecords, skippedRows, receivedAt, dueAt, fault } = file;
  return (
    <tr>
      <td class="stack-head">
        <bdi>{visible(name)}</bdi>
        {fault !== undefined && (
          <p class="why-failed">
            {fault.row !== undefined &&
              `Row ${fault.row}${fault.column === undefined ? '' : `, column ${fault.column}`}: `}
            {fault.message} <RuleChip id={fault.rule} />
          </p>
        )}
      </td>
      <td data-label="Status">
        <span class={`pill file-${status}`} title={dueAt === undefined ? undefined : `Taken at ${exactly(dueAt)}`}>
          {status}
        </span>
      </td>
      <td class="number" data-label="Rows">
        {rows.toLocaleString()}
      </td>
      <td class="number" data-label="Applied">
        {appliedRows.toLocaleString()}
      </td>
      <td class="number" data-label="New records">
        {createdRecords.toLocaleString()}
      </td>
      <td class="number" data-label="Left out">
        {skippedRows.toLocaleString()}
      </td>
      <td data-label="Received">
        <Time at={receivedAt} />
      </td>
    </tr>
  );
}

function OneRecord({ client, alias, id }: { readonly client: string; readonly alias: string; readonly id: string }) {
  const path = pathOf(['clients', client, 'sources', alias, 'records', id]);
  const { value, error } = useAsked(
    path,
    (signal) => ask<CustomerRecord>(path, signal),
    ['state', 'journal', 'batches'],
    1_000,
  );
  if (value === undefined) {
    if (error === undefined) return null;
    const isNone = error instanceof Refused && error.status === 404;
    return isNone ? <p class="quiet none">No file of it said anything of this customer.</p> : <Problem error={error} />;
  }
  return (
    <div class="card">
      <h3>
        What its files say of <Personal text={id} />
      </h3>
      <dl class="pairs">
        {Object.entries(value.attributes).map(([name, { value: text, modifiedAt }]) => (
          <div key={name}>
            <dt>
              <bdi>{visible(name)}</bdi>
            </dt>
            <dd>
              <Personal text={text} /> <Time at={modifiedAt} />
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        Whether or not Target has seen the customer: a visit brings it to the{' '}
        <a href={href(['c', client, 'profiles', 'thirdPartyId', id])}>profile</a>.
      </p>
    </div>
  );
}
