/** The port of a server that can only be asked over HTTP: the emulated API as it is, everything else by the control API. */
import { apiCalls, expectSuccess, updateRequest } from '../../../src/sim/api-calls.ts';
import type { RuleId } from '../../../src/protocol/vocabulary/index.ts';
import type { BatchView, Port, RowView, StoredView } from '../../../src/sim/index.ts';

/** The server moves its clock itself, and `apply` waits until it has applied its rows. */
export function controlPort(send: Port['send'], apply: Port['apply']): Port {
  const control = async <Answer>(method: string, path: string, input?: object): Promise<Answer> => {
    const body = input && Buffer.from(JSON.stringify(input));
    const headers = input === undefined ? [] : [['content-type', 'application/json'] as const];
    const text = expectSuccess(await send({ method, path: `/__emulator${path}`, headers, body }));
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };
  return {
    ...apiCalls(send),
    send,
    apply,
    now() {
      throw new Error('its clock is its own');
    },
    advance() {
      throw new Error('its clock cannot be moved');
    },
    writeSettings: (client, changes) => control('PUT', `/clients/${client}/settings`, changes),
    seed(client, { kind, value: id }, values) {
      const attributes = Object.fromEntries(values.map(({ name, value }) => [name, value]));
      return control('POST', `/clients/${client}/profiles`, { profiles: [{ [kind]: id, attributes }] });
    },
    async forget(client, { kind, value }) {
      const path = `/__emulator/clients/${client}/profiles/${kind}/${encodeURIComponent(value)}`;
      const reply = await send({ method: 'DELETE', path, headers: [] });
      if (reply.status !== 404) expectSuccess(reply);
      return reply.status !== 404;
    },
    async update(client, id, values) {
      const [before] = await this.batches(client).then((batches) => batches.slice(-1));
      expectSuccess(await send(updateRequest(client, id, values)));
      const newest = (await this.batches(client)).at(-1);
      return newest?.batchId === before?.batchId ? undefined : newest?.batchId;
    },
    visit: (client, ids) => control('POST', `/clients/${client}/visits`, ids),
    async profile(client, { kind, value }) {
      const path = `/clients/${client}/profiles/${kind}/${encodeURIComponent(value)}/explain`;
      const reply = await send({ method: 'GET', path: `/__emulator${path}`, headers: [] });
      if (reply.status === 404) return undefined;
      const { modifiedAt, attributes } = JSON.parse(expectSuccess(reply)) as Explanation;
      const visible = attributes.filter((attribute) => attribute.visible);
      return {
        modifiedAt: Date.parse(modifiedAt),
        attributes: visible.map((attribute) => ({ ...attribute, modifiedAt: Date.parse(attribute.modifiedAt) })),
      };
    },
    async batches(client) {
      const { batches } = await control<{ batches: BatchView[] }>('GET', `/batches?client=${client}&limit=1000`);
      return batches.toReversed();
    },
    batch: (batchId) => control<BatchView>('GET', `/batches/${batchId}`),
    async rows(batchId) {
      const rows: RowView[] = [];
      let cursor = '';
      for (;;) {
        const page = await control<RowsPage>('GET', `/batches/${batchId}/rows?limit=1000${cursor}`);
        rows.push(...page.rows.map((row) => ({ ...row, id: row.id ?? undefined })));
        if (page.next === null) return rows;
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    },
    setSource: (client, { alias, ...source }) =>
      control('PUT', `/clients/${client}/sources/${alias}`, { ...source, password: 'of a case' }),
    async upload(client, alias, file) {
      const path = `/clients/${client}/sources/${alias}/files/crm.csv`;
      const content = Buffer.from(file).toString('base64');
      return (await control<{ fault?: { rule: RuleId } }>('PUT', path, { content })).fault?.rule;
    },
    dropClient: (client) => control('DELETE', `/clients/${client}`),
  };
}

interface Explanation {
  readonly modifiedAt: string;
  readonly attributes: readonly (Omit<StoredView['attributes'][number], 'modifiedAt'> & {
    readonly visible: boolean;
    readonly modifiedAt: string;
  })[];
}

interface RowsPage {
  readonly rows: readonly (Omit<RowView, 'id'> & { readonly id: string | null })[];
  readonly next: string | null;
}
