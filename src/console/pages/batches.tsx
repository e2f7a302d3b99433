/** Batches, newest first, of one client code or of all. */
import { useState } from 'preact/hooks';
import { pathOf } from '../address.ts';
import { API, ask, type Batches } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { BatchTable } from '../parts/batch-table.tsx';
import { shellWord } from '../parts/code.tsx';
import { Empty, firstBatch, Problem } from '../parts/empty.tsx';
import { visible } from '../parts/personal.tsx';
import { href, type Route } from '../route.ts';

const PAGE = 50;

export function BatchesPage({ route }: { readonly route: Route }) {
  const client = route.query.get('client') ?? undefined;
  const [limit, setLimit] = useState(PAGE);
  const path = pathOf(['batches'], { client, limit });
  const { value, error } = useAsked(path, (signal) => ask<Batches>(path, signal), ['batches', 'state'], 500);
  if (error !== undefined && value === undefined) return <Problem error={error} />;
  return (
    <>
      <h1>Batches{client !== undefined && <span class="of"> of {visible(client)}</span>}</h1>
      {client !== undefined && <a href={href(['batches'])}>Those of all client codes</a>}
      {value?.batches.length === 0 && (
        <Empty
          title="No batch yet"
          commands={[
            firstBatch(client ?? 'demo'),
            `tpe upload crm.csv --id-column customer_id --client ${shellWord(client ?? 'demo')} --api v2 --endpoint ${API}`,
          ]}
        >
          Every batch that the emulator accepts stands here. <a href={href(['try'])}>Write one here</a>, or send one
          from a shell:
        </Empty>
      )}
      {value !== undefined && value.batches.length > 0 && <BatchTable batches={value.batches} />}
      {value !== undefined && value.next !== null && limit < 1_000 && (
        <button type="button" onClick={() => setLimit(Math.min(1_000, limit * 2))}>
          More
        </button>
      )}
    </>
  );
}
