/** The means to compare, which whoever starts an emulator may give it: what compares is made of emulators itself. */

export interface FileToCompare {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly profiles: readonly {
    readonly id: { readonly kind: 'pcId' | 'thirdPartyId'; readonly value: string };
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  readonly idColumn?: string | undefined;
  readonly onProblem?: 'stop' | 'skip' | undefined;
  readonly differencesMax?: number | undefined;
}

/** Tells how far it is, whenever that is asked. */
type Progress = () => object;

/** Resolves to what is told of the file; rejects with what nobody expected, and where `signal` ends it with its reason. */
export type CompareFile = (
  file: FileToCompare,
  watched: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<object>;

/** One at a time: each holds two stores in memory. */
export function oneAtATime(compare: CompareFile) {
  let isBusy = false;
  let progress: Progress | undefined;
  const ending = new AbortController();
  return {
    /** Nobody waits for the one under way any more. */
    end: (reason: Error) => ending.abort(reason),
    /** Undefined while nothing is compared. */
    progress: () => progress?.(),
    async compare(file: FileToCompare): Promise<object> {
      if (isBusy) return { kind: 'busy' };
      isBusy = true;
      try {
        return await compare(file, (told) => (progress = told), ending.signal);
      } finally {
        isBusy = false;
        progress = undefined;
      }
    },
  };
}
