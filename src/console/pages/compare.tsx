/** The demo: drop a file or take a sample, and see it go through v1, v2 and as customer attributes side by side. */
import { samples } from 'built:console';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ComparisonView } from '../comparison/comparison-view.tsx';
import { Running } from '../comparison/running.tsx';
import { Presentation } from '../comparison/presentation.tsx';
import type { ComparisonResult } from '../control-api.ts';
import { Refused, tell } from '../control-api.ts';
import { Empty } from '../parts/empty.tsx';
import { href, type Route, setQuery } from '../route.ts';

const DIFFERENCES_MAX = 200;
/** What the control API takes is its own word; this spares a browser from encoding what would be refused. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

interface File {
  readonly name: string;
  readonly bytes: Uint8Array;
}

type State =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'comparing'; readonly name: string }
  | {
      readonly kind: 'done';
      readonly result: ComparisonResult | { readonly kind: 'input-unreadable'; readonly message: string };
    }
  | { readonly kind: 'problem'; readonly message: string };

/** What the sample export needs, where it is taken: its profiles, and its column. */
const SAMPLES = {
  'crm-export.csv': {
    title: 'An export of a CRM',
    about: '320 customers, 180 of whom Target knows already; one of its rows is faulty.',
    profiles: 'crm-profiles.ndjson',
    idColumn: 'customer_id',
  },
  'documented-sample.txt': {
    title: 'The batch file of the documentation',
    about: 'Four rows, over no profile at all.',
    profiles: undefined,
    idColumn: undefined,
  },
} as const;
type SampleName = keyof typeof SAMPLES;

export function ComparePage({ route }: { readonly route: Route }) {
  const [state, setState] = useState<State>({ kind: 'nothing' });
  const [file, setFile] = useState<File | undefined>(undefined);
  const sample = Object.keys(SAMPLES).find((name): name is SampleName => name === route.query.get('sample'));

  const compare = useCallback(async (taken: File, profiles: readonly object[], idColumn: string) => {
    setState({ kind: 'comparing', name: taken.name });
    try {
      const content = await base64Of(taken.bytes);
      const asked = { name: taken.name, content, profiles, onProblem: 'skip', differencesMax: DIFFERENCES_MAX };
      const result = await inTurn({ ...asked, ...(idColumn !== '' && { idColumn }) });
      setState({ kind: 'done', result });
    } catch (error) {
      setState({ kind: 'problem', message: error instanceof Error ? error.message : String(error) });
    }
  }, []);

  useEffect(() => {
    if (sample === undefined) return;
    const { profiles, idColumn } = SAMPLES[sample];
    void (async () => {
      try {
        const bytes = new Uint8Array(await (await fetch(samples[sample]!)).arrayBuffer());
        const existing = profiles === undefined ? [] : profilesIn(await (await fetch(samples[profiles]!)).text());
        await compare({ name: sample, bytes }, existing, idColumn ?? '');
      } catch {
        setState({ kind: 'problem', message: `${sample} could not be read: the emulator does not answer.` });
      }
    })();
  }, [sample, compare]);

  const step = route.query.get('present');
  if (state.kind === 'done' && state.result.kind === 'comparison') {
    const { result } = state;
    if (step !== null) {
      return (
        <Presentation
          comparison={result}
          step={Number(step)}
          goTo={(next) => setQuery(route, { present: next })}
          end={() => setQuery(route, { present: undefined })}
        />
      );
    }
    return (
      <>
        <ComparisonView comparison={result} present={() => setQuery(route, { present: 0 })} />
        <p>
          <button
            type="button"
            onClick={() => {
              setState({ kind: 'nothing' });
              setFile(undefined);
              setQuery(route, { sample: undefined });
            }}
          >
            Compare another file
          </button>
        </p>
      </>
    );
  }
  if (state.kind === 'comparing') return <Running name={state.name} />;
  if (state.kind === 'nothing' && sample !== undefined) return <Running name={sample} />;
  return (
    <>
      <h1>v1, v2 and customer attributes</h1>
      <p class="lead">
        The same profiles, the same file brought in each way, and every difference with the rule behind it. What the
        profiles hold in columns of the file, an earlier file of customer attributes had said. It runs in stores of its
        own: nothing of this emulator changes.
      </p>
      {state.kind === 'problem' && (
        <p class="problem" role="alert">
          {state.message}
        </p>
      )}
      {state.kind === 'done' && state.result.kind !== 'comparison' && <RefusedFile result={state.result} />}
      <Drop take={setFile} problem={(message) => setState({ kind: 'problem', message })} />
      {file !== undefined && <Ask key={file.name} file={file} compare={compare} />}
      <section aria-labelledby="samples">
        <h2 id="samples">Or take a sample</h2>
        <div class="samples">
          {Object.entries(SAMPLES).map(([name, { title, about }]) => (
            <a key={name} class="card" href={href(route.path, { sample: name })}>
              <strong>{title}</strong>
              <span class="quiet">{about}</span>
              <code>{name}</code>
            </a>
          ))}
        </div>
      </section>
    </>
  );
}

/** One comparison runs at a time: while another does, this one asks again. */
async function inTurn(asked: object): Promise<ComparisonResult> {
  for (;;) {
    try {
      return await tell<ComparisonResult>('POST', 'compare', asked);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'comparison-busy') throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, BUSY_MS);
      });
    }
  }
}

const BUSY_MS = 500;

type TakesFile = (file: File) => void;

function Drop({ take, problem }: { readonly take: TakesFile; readonly problem: (message: string) => void }) {
  const [isOver, setOver] = useState(false);
  const read = async (dropped: globalThis.File | undefined) => {
    if (dropped === undefined) return;
    if (dropped.size > FILE_BYTES_MAX) {
      problem(`${dropped.name} has more than 16 MiB: tpe compare takes files of any size.`);
      return;
    }
    take({ name: dropped.name, bytes: new Uint8Array(await dropped.arrayBuffer()) });
  };
  return (
    <label
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void read(event.dataTransfer?.files[0]);
      }}
    >
      <input type="file" class="hidden" onChange={(event) => void read(event.currentTarget.files?.[0])} />
      <strong>Drop a file here, or choose one</strong>
      <span class="quiet">A batch file, or an export as CSV or NDJSON. It goes to this emulator and nowhere else.</span>
    </label>
  );
}

interface AskProps {
  readonly file: File;
  readonly compare: (file: File, profiles: readonly object[], idColumn: string) => Promise<void>;
}

/** What an export needs: which column holds the id. A batch file says so itself. */
function Ask({ file, compare }: AskProps) {
  const head = new TextDecoder().decode(file.bytes.subarray(0, HEAD_BYTES));
  const isBatchFile = head.replace(/^\uFEFF/, '').startsWith('batch=');
  const columns = columnsIn(head);
  const [idColumn, setIdColumn] = useState(columns[0] ?? '');
  const [existing, setExisting] = useState('');
  const [problem, setProblem] = useState('');
  const start = () => {
    try {
      void compare(file, profilesIn(existing), isBatchFile ? '' : idColumn);
    } catch {
      setProblem('The profiles are no NDJSON: one object a line, as in samples/crm-profiles.ndjson.');
    }
  };
  return (
    <form
      class="card form"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <p>
        <bdi>{file.name}</bdi> <span class="quiet">{file.bytes.byteLength.toLocaleString()} bytes</span>
      </p>
      {!isBatchFile && (
        <label>
          Column of the customer id
          <input list="columns" value={idColumn} onInput={(event) => setIdColumn(event.currentTarget.value)} required />
          <datalist id="columns">
            {columns.map((column) => (
              <option key={column} value={column} />
            ))}
          </datalist>
        </label>
      )}
      <label>
        Profiles that exist before, as NDJSON <span class="quiet">(none: each way begins empty)</span>
        <input
          type="file"
          accept=".ndjson,.jsonl,.json"
          onChange={(event) => void event.currentTarget.files?.[0]?.text().then(setExisting)}
        />
      </label>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="primary">
        Compare
      </button>
    </form>
  );
}

const HEAD_BYTES = 8_192;

function columnsIn(head: string): readonly string[] {
  const [line = ''] = head.split(/\r?\n/);
  if (line.startsWith('{')) {
    try {
      return Object.keys(JSON.parse(line) as object);
    } catch {
      return [];
    }
  }
  return line.split(/[,;\t|]/).map((column) => column.replaceAll(/^"|"$/g, '').trim());
}

function RefusedFile({
  result,
}: {
  readonly result: Exclude<Extract<State, { kind: 'done' }>['result'], { kind: 'comparison' }>;
}) {
  if (result.kind === 'file-refused') {
    return (
      <Empty title="The API would refuse the file">
        {result.refusals.map(({ api, message }) => `${api}: ${message}`).join(' ')}
      </Empty>
    );
  }
  return (
    <Empty title="The file cannot be read" commands={['tpe check FILE --id-column customer_id']}>
      {result.kind === 'input-unreadable' ? result.message : 'Its rows have faults; tpe check names each of them.'}
    </Empty>
  );
}

function profilesIn(ndjson: string): readonly object[] {
  return ndjson
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { client: _, ...profile } = JSON.parse(line) as { client?: string };
      return profile;
    });
}

function base64Of(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () =>
      resolve(typeof reader.result === 'string' ? reader.result.replace(/^[^,]*,/, '') : ''),
    );
    reader.addEventListener('error', () => reject(new Error('The file cannot be read.')));
    reader.readAsDataURL(new Blob([new Uint8Array(bytes)]));
  });
}
