/** `tpe serve --watch-attributes`: looks into a folder whenever something changes there, one look after the other. */
import { watch } from 'node:fs';

export interface WatchedFolder {
  look(): void;
  /** Resolves once the last look is over. */
  close(): Promise<void>;
}

/** `look` takes what is there; what it rejects with is told, and the next change is looked at all the same. */
export function watchedFolder(
  directory: string,
  look: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
): WatchedFolder {
  let looking: Promise<void> | undefined;
  let isChanged = false;
  const lookOn = async () => {
    while (isChanged) {
      isChanged = false;
      await look().catch(onFailure);
    }
    looking = undefined;
  };
  const changed = () => {
    isChanged = true;
    looking ??= lookOn();
  };
  const watcher = watch(directory, { recursive: true }, changed).on('error', onFailure);
  changed();
  return {
    look: changed,
    async close() {
      watcher.close();
      await looking;
    },
  };
}
