/** The comparison that a served emulator can be asked for: loaded when it is, with faults of the file told and not thrown. */
import { defined } from '../server/harness/as-json.ts';
import type { EmulatorParts } from '../server/index.ts';

export const compareFile: NonNullable<EmulatorParts['compare']> = async (file, watched, signal) => {
  const [{ compareVersions }, { UploadError }] = await Promise.all([
    import('../compare/index.ts'),
    import('../client/index.ts'),
  ]);
  const { name, bytes, profiles, idColumn, onProblem, differencesMax } = file;
  const input = { name, open: () => ReadableStream.from([bytes]) };
  try {
    return await compareVersions(input, {
      watched,
      signal,
      profiles: profiles.map(({ id: { kind, value }, attributes }) => ({ id: { kind, value }, attributes })),
      ...defined({ idColumn, onProblem, differencesMax }),
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UploadError) return { kind: 'input-unreadable', message: error.message };
    throw error;
  }
};
