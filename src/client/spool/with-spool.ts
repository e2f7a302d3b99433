/** Work with nameless temporary files that are gone afterwards, whatever happens. */
import { UploadError, isUploadError } from '../upload-error.ts';
import { namelessFiles, type PrivateDirectory } from './private-directory.ts';

/** `parent` is the system's directory for temporary files unless given. An aborted signal becomes an `interrupted`. */
export async function withSpool<T>(
  parent: string | undefined,
  { signal }: { readonly signal?: AbortSignal },
  work: (spool: PrivateDirectory) => Promise<T>,
): Promise<T> {
  const spool = namelessFiles(parent);
  try {
    signal?.throwIfAborted();
    return await work(spool);
  } catch (error) {
    if (signal?.aborted !== true || isUploadError(error)) throw error;
    throw new UploadError('interrupted', 'Interrupted before anything was sent.', { cause: error });
  } finally {
    await spool.remove();
  }
}
