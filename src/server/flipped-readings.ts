/**
 * What `tpe flip` asks of emulators that the command under test starts itself, told through the environment: `TPE_FLIP`
 * names other readings than the defaults (`consecutiveV2=last-write-wins,body=form`), `TPE_FLIP_REPORT` the file in which
 * each emulator notes that it was there and which of those readings the test had fixed by itself.
 */
import { appendFileSync } from 'node:fs';
import type { Settings } from '../protocol/vocabulary/index.ts';

/** One line of the report. */
export interface FlipNote {
  /** Readings that the test sets itself: they were left as it wants them. */
  readonly fixed: readonly string[];
}

export interface FlippedReadings {
  /** Values as text: the schema of the options judges them. */
  readonly readings: Readonly<Record<string, string>>;
  /** The caller has said something about these readings: the ones among them that were to be flipped are noted. */
  fixed(names: readonly string[]): void;
}

/** Undefined unless `tpe flip` runs the process. A report that cannot be written changes nothing here: the run tells of none. */
export function flippedReadings(variables: Readonly<Record<string, string | undefined>>): FlippedReadings | undefined {
  const { TPE_FLIP: text, TPE_FLIP_REPORT: report } = variables;
  if (text === undefined) return undefined;
  const pairs = text.split(',').map((pair) => pair.split('=').slice(0, 2));
  const readings = Object.fromEntries(pairs.filter(([name]) => name !== '').map(([name, value = '']) => [name, value]));
  const note = (line: FlipNote) => {
    if (report === undefined) return;
    try {
      appendFileSync(report, `${JSON.stringify(line)}\n`);
    } catch {
      // Whoever asked finds no emulator in its report, and says so.
    }
  };
  note({ fixed: [] });
  return {
    readings,
    fixed(names) {
      const fixed = names.filter((name) => Object.hasOwn(readings, name));
      if (fixed.length > 0) note({ fixed });
    },
  };
}

/** As `TPE_FLIP` takes it. */
export function flipText(readings: Partial<Settings>): string {
  return Object.entries(readings)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
