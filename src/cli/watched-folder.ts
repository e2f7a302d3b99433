/** `tpe serve --watch-attributes`: looks into a folder whenever something changes there, one look after the other. */
import { watch } from 'node:fs';

export type WatchedFolder = ReturnType<typeof watchedFolder>;

/** `look` takes what is there; what it rejects with is told, and the next change is looked at all the same. */
export function watchedFolder(
  directory: string,
  look: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
): { readonly look: () => void; readonly close: () => Promise<unknown> } {
  let looking: Promise<unknown> = Promise.resolve();
  let isWaiting = false;
  const changed = () => {
    if (isWaiting) return;
    isWaiting = true;
    looking = looking.then(() => {
      isWaiting = false;
      return look().catch(onFailure);
    });
  };
  const watcher = watch(directory, { recursive: true }, changed).on('error', onFailure);
  changed();
  return {
    look: changed,
    /** Resolves once the last look is over. */
    close() {
      watcher.close();
      return looking;
    },
  };
}
