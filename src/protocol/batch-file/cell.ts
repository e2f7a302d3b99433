/** A cell as it stands in the file, to what it says. */
import { encUtf8Percent, ourTrimmedBlanks } from '../rules/encoding.ts';

/** Trimmed and decoded; undefined where it cannot be decoded. */
export function readCell(raw: string): string | undefined {
  return encUtf8Percent.decide(ourTrimmedBlanks.decide(raw));
}
