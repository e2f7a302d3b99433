/** Clients broken on purpose: the real one, with one thing wrong. */
import {
  createUploader,
  type Clock,
  type Jobs,
  type UploadReport,
  type Uploader,
  type UploaderOptions,
} from '../../src/client/index.ts';
import { memoryLedger } from '../../src/client/send/pace.ts';

export const BROKEN_CLIENTS = {
  'says done when it has seen no end': reporting((report) => ({
    ...report,
    state: report.state === 'timed-out' ? 'done' : report.state,
    openLinks: [],
    parts: report.parts.map((part) => (part.state === 'timed-out' ? { ...part, state: 'done' } : part)),
  })),
  'does not try again': (options: UploaderOptions): Uploader => createUploader({ ...options, outageMax: 0 }),
  'swaps the rows of one id': (options: UploaderOptions): Uploader => {
    const uploader = createUploader(options);
    return {
      ...uploader,
      async upload(source, run) {
        if (typeof source === 'string' || !('open' in source)) return uploader.upload(source, run);
        const chunks: Uint8Array[] = [];
        for await (const chunk of source.open()) chunks.push(Buffer.from(chunk as Uint8Array));
        const [header, ...rows] = Buffer.concat(chunks).toString().trimEnd().split('\r\n');
        const bytes = Buffer.from([header, ...rows.toReversed()].join('\r\n'));
        return uploader.upload({ name: source.name, open: () => once(bytes) }, run);
      },
    };
  },
  'does not write down that it sends': (options: UploaderOptions): Uploader =>
    createUploader({ ...options, jobs: options.jobs && forgetful(options.jobs) }),
  'has a budget of its own in each process': (options: UploaderOptions): Uploader =>
    createUploader({ ...options, jobs: options.jobs && selfish(options.jobs, options.clock!) }),
  'hides what may be there twice': reporting((report) => ({
    ...report,
    maybeTwice: false,
    parts: report.parts.map((part) => ({ ...part, ambiguousAttempts: 0 })),
  })),
  'does not hear that it is interrupted': (options: UploaderOptions): Uploader => {
    const uploader = createUploader(options);
    return {
      ...uploader,
      upload: (source, { onProgress } = {}) => uploader.upload(source, onProgress === undefined ? {} : { onProgress }),
    };
  },
  'takes the part that was interrupted for sent': reporting((report) => ({
    ...report,
    parts: report.parts.map((part) =>
      part.state === 'interrupted' && !part.accepted && part.attempts > 0 ? { ...part, state: 'skipped' } : part,
    ),
  })),
  'forgets the links of what was interrupted': reporting((report) => ({
    ...report,
    openLinks: report.state === 'interrupted' ? [] : report.openLinks,
  })),
  'says nothing of what may be there when it is interrupted': reporting((report) => ({
    ...report,
    parts: report.parts.map((part) => (part.state === 'interrupted' ? { ...part, ambiguousAttempts: 0 } : part)),
  })),
  'never sees the end of a link': (options: UploaderOptions): Uploader => ({
    ...createUploader(options),
    follow: async (link) => ({ kind: 'timed-out', link, reading: undefined, polls: 0, error: undefined }),
  }),
} as const;

function reporting(change: (report: UploadReport) => UploadReport) {
  return (options: UploaderOptions): Uploader => {
    const uploader = createUploader(options);
    return {
      ...uploader,
      async upload(source, run) {
        const result = await uploader.upload(source, run);
        return result.kind === 'report' ? change(result) : result;
      },
    };
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function forgetful(jobs: Jobs): Jobs {
  return changed(jobs, 'begin', (about: Parameters<Jobs['begin']>[0]) => {
    const preparing = jobs.begin(about);
    const ready: typeof preparing.ready = (prepared) => {
      const job = preparing.ready(prepared);
      const record = job.record.bind(job);
      job.record = (part, change) => {
        if (change.state !== 'sending') record(part, change);
      };
      return job;
    };
    return { ...preparing, ready };
  });
}

function selfish(jobs: Jobs, clock: Clock): Jobs {
  return changed(jobs, 'ledger', () => memoryLedger(clock, 1_000));
}

function changed<Name extends keyof Jobs>(jobs: Jobs, name: Name, value: Jobs[Name]): Jobs {
  return new Proxy(jobs, {
    get(target, asked) {
      const own: unknown = asked === name ? value : Reflect.get(target, asked, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
