/** What becomes of uploaded files of customer attributes: kept until their `.fin` comes, taken apart, given to the writer. */
import { createHash } from 'node:crypto';
import { caCadence, caFileCsv, caFinName } from '../../protocol/rules/index.ts';
import type { ClientCode, FileFault } from '../../protocol/vocabulary/index.ts';
import { CONTENT_BYTES_MAX } from '../http/call.ts';
import type { Services } from '../http/services.ts';
import { ROOT_FILES_MAX } from './account.ts';
import { FILE_FAILURES, piecesOf } from '../store/body-check.ts';
import type { JournalEvent } from '../store/journal-entries.ts';
import type { AttributeFile, FileLoss, NewAttributeFile } from '../store/store.ts';

/** A file as it came, before anybody has judged it. */
type ArrivedFile = Omit<NewAttributeFile, 'fault' | 'receivedAt'>;

export type AttributeIntake = ReturnType<typeof attributeIntake>;

export function attributeIntake(
  parts: Pick<Services, 'reader' | 'writer' | 'bodies' | 'clocks' | 'faults' | 'kick'> & {
    readonly onFault: (event: JournalEvent) => void;
    readonly onEnded: (file: AttributeFile) => void;
    readonly onFailure: (error: unknown) => void;
  },
) {
  const { reader, writer, bodies, clocks, faults, kick, onEnded, onFault, onFailure } = parts;
  const unpacking = new Map<number, Promise<void>>();
  /** Of these, what a restore brought back: it may have been done before. */
  const again = new Set<number>();
  /** What was begun last for each account: whoever looks at a root and then changes it waits for that. */
  const turns = new Map<string, { readonly fin: string | undefined; readonly done: Promise<number> }>();
  let isClosed = false;

  const rootOf = (client: ClientCode, alias: string) =>
    reader.files(client, { alias, status: 'uploaded', limit: ROOT_FILES_MAX }).items;

  const ended = (sequences: readonly number[]) => {
    for (const file of sequences.map((sequence) => reader.file(sequence))) if (file !== undefined) onEnded(file);
  };

  const fail = async ({ sequence, client }: AttributeFile, fault: FileFault) => {
    await writer.endFile(sequence, clocks.now(client), fault);
    ended([sequence]);
  };

  /** Its turn is fixed by now: ca-fin. */
  const release = async (file: AttributeFile, fin: string) => {
    const { sequence, client, name } = file;
    const reading = reader.client(client)?.settings.attributeFiles ?? 'at-once';
    const dueAt = caCadence.decide(clocks.now(client), reader.lastFileDueAt(client), reading);
    const isPacked = caFileCsv.decide(name) !== 'csv';
    await writer.changeFile(sequence, { fin, dueAt, isPacked, loss: drawnLoss(client, sequence) });
    if (isPacked) takeApart(file);
    else kick();
  };

  /** ca-loss, where it was asked for: it belongs to what was uploaded. */
  const drawnLoss = (client: ClientCode, sequence: number): FileLoss | undefined => {
    if (!faults.concerns(client, 'attributes')) return undefined;
    const body = reader.fileParts(sequence);
    const start = body?.read(0, Math.min(body.byteLength, CONTENT_BYTES_MAX)) ?? '';
    body?.close();
    const content = createHash('sha256').update(start).digest('hex');
    const [fault] = faults.draw({ client, operation: 'attributes', content });
    if (fault?.effect.kind !== 'batch' || fault.effect.faults.silentLoss === undefined || !fault.fire())
      return undefined;
    const at = clocks.now(client);
    onFault({ kind: 'fault', at, fault: fault.name, client, operation: 'attributes', content, batchId: undefined });
    return { ...fault.effect.faults.silentLoss, count: 0, first: [] };
  };

  const takeApart = (file: AttributeFile): void => {
    const { sequence } = file;
    const under = unpack(file)
      .finally(() => {
        unpacking.delete(sequence);
        const found = again.delete(sequence) && !isClosed ? reader.file(sequence) : undefined;
        if (found?.isPacked === true && found.status === 'waiting') takeApart(found);
      })
      .catch(onFailure);
    unpacking.set(sequence, under);
  };

  const unpack = async (file: AttributeFile) => {
    const { sequence, name } = file;
    const packed = reader.fileParts(sequence);
    if (packed === undefined) return fail(file, FILE_FAILURES['body-missing']);
    // Loaded when the first archive comes.
    const { BadArchive, unpacked } = await import('./unpack.ts');
    const sink = bodies.open();
    try {
      const pieces = piecesOf(packed);
      for await (const chunk of unpacked(caFileCsv.decide(name) === 'zip' ? 'zip' : 'gz', pieces)) {
        await sink.write(chunk);
        if (isClosed) return await sink.discard();
      }
      await writer.changeFile(sequence, { body: await sink.finish(), isPacked: false });
      kick();
    } catch (error) {
      await sink.discard();
      // A full disk, say: nobody would ever come back to it.
      const message = `It could not be unpacked: ${error instanceof Error ? error.message : 'unknown'} Upload it again.`;
      await fail(file, error instanceof BadArchive ? error.fault : { rule: 'ca-file-csv', message });
    } finally {
      packed.close();
    }
  };

  /** Takes apart what waits for it, since an earlier process had begun it, or a restore brought it back. */
  const resume = (): void => {
    for (const file of isClosed ? [] : reader.packedFiles()) {
      if (unpacking.has(file.sequence)) again.add(file.sequence);
      else takeApart(file);
    }
  };

  /** To the sequence of the file that was meant, or of one that stands for a `.fin` without one. */
  const finish = async (client: ClientCode, alias: string, fin: string): Promise<number> => {
    const meant = rootOf(client, alias).filter(({ name }) => caFinName.decide(fin, name));
    const [only] = meant;
    if (only === undefined)
      return add({ client, alias, name: fin, bytes: 0 }, { ...NO_FILE, message: `${NO_FILE.message} ${fin}.` });
    if (meant.length === 1) await release(only, fin);
    for (const file of meant.length === 1 ? [] : meant) {
      await writer.changeFile(file.sequence, { fin });
      await fail(file, SEVERAL);
    }
    return only.sequence;
  };

  const add = async (file: ArrivedFile, fault?: FileFault): Promise<number> => {
    const sequence = await writer.addFile({ ...file, fault, receivedAt: clocks.now(file.client) });
    if (fault !== undefined) ended([sequence]);
    return sequence;
  };

  const replace = async (file: ArrivedFile): Promise<number> => {
    const before = rootOf(file.client, file.alias).find(({ name }) => name === file.name);
    if (before !== undefined) await writer.removeFile(before.sequence);
    return add(file);
  };

  return {
    /** It has ended: whoever watches is told. */
    ended,
    /** One that cannot be kept: it is among the failed, for the reason that is given. */
    refused: add,
    /**
     * A file that has arrived whole, in the root of its account; in place of one of the same name that waits there. Its
     * sequence, or that of the file that a `.fin` meant.
     */
    uploaded(file: ArrivedFile): Promise<number> {
      const { client, alias, name } = file;
      const account = `${client}.${alias}`;
      const fin = name.endsWith('.fin') ? name : undefined;
      const before = turns.get(account);
      // The same one twice at once is one.
      if (fin !== undefined && before?.fin === fin) return before.done;
      const work = () => (fin === undefined ? replace(file) : finish(client, alias, fin));
      const done = before === undefined ? work() : before.done.then(work, work);
      const turn = { fin, done };
      turns.set(account, turn);
      const leave = () => {
        if (turns.get(account) === turn) turns.delete(account);
      };
      done.then(leave, leave);
      return done;
    },
    /** By hand, without a `.fin`. Its sequence. */
    async put(file: ArrivedFile): Promise<number> {
      const sequence = await add(file);
      const added = reader.file(sequence);
      // Its client code may be dropped already.
      if (added === undefined) return sequence;
      if (caFileCsv.decide(file.name) === undefined) await fail(added, NO_CSV);
      else await release(added, '');
      await unpacking.get(sequence);
      return sequence;
    },
    /** Once an archive was taken apart, or at once. */
    unpacked: async (sequence: number) => unpacking.get(sequence),
    resume,
    async close() {
      isClosed = true;
      await Promise.all(unpacking.values());
    },
  };
}

const NO_FILE: FileFault = { rule: 'ca-fin', message: 'There is no .csv, .csv.gz or .csv.zip in the root for' };
const SEVERAL: FileFault = {
  rule: 'ca-fin-name',
  message: 'Several files have this name: the .fin says not which is meant.',
};
const NO_CSV: FileFault = { rule: 'ca-file-csv', message: 'The name must end in .csv, .csv.gz or .csv.zip.' };
