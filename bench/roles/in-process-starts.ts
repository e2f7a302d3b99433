/** `startEmulator()` in one process, over and over, as a test suite does. */

export interface InProcessSpec {
  /** URL of the built package's entry. */
  readonly entry: string;
  readonly starts: number;
  /** A new directory under it for each start; none for the memory store. */
  readonly dataParent?: string;
}

export interface InProcessResult {
  readonly importMs: number;
  readonly firstMs: number;
  /** Of those after the first. */
  readonly readyMs: readonly number[];
  readonly closeMs: readonly number[];
}

interface Built {
  startEmulator(options: object): Promise<{ readonly url: string; close(): Promise<void> }>;
}

export async function inProcessStarts({ entry, starts, dataParent }: InProcessSpec): Promise<InProcessResult> {
  const importedAt = performance.now();
  const { startEmulator } = (await import(entry)) as Built;
  const importMs = performance.now() - importedAt;
  const readyMs: number[] = [];
  const closeMs: number[] = [];
  for (let start = 0; start <= starts; start += 1) {
    const startedAt = performance.now();
    const emulator = await startEmulator({
      pace: 'immediate',
      ...(dataParent !== undefined && { data: `${dataParent}/start-${start}` }),
    });
    readyMs.push(performance.now() - startedAt);
    const closingAt = performance.now();
    await emulator.close();
    closeMs.push(performance.now() - closingAt);
  }
  return { importMs, firstMs: readyMs[0]!, readyMs: readyMs.slice(1), closeMs: closeMs.slice(1) };
}
