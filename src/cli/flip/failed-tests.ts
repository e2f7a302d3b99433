/** How many tests a runner says have failed: read from the line that it closes with. */

/** vitest, jest; node:test (spec and TAP reporters); pytest; mocha; RSpec and minitest. */
const CLOSING_LINES = [
  /^\s*Tests:?\s+(?:.*?\b)?(\d+) failed\b/,
  /^(?:# |ℹ )fail (\d+)$/,
  /^=*\s*(?:.*?\b)?(\d+) failed\b.* in [\d.]+s/,
  /^\s*(\d+) failing$/,
  /^\d+ (?:examples?|runs?), (?:\d+ assertions, )?(\d+) failures?/,
];

/** Undefined where no line is known: then the exit code alone tells. */
export function failedTests(output: string): number | undefined {
  for (const line of output.replaceAll(COLOURS, '').split('\n').toReversed()) {
    for (const pattern of CLOSING_LINES) {
      const count = pattern.exec(line)?.[1];
      if (count !== undefined) return Number(count);
    }
  }
  return undefined;
}

// oxlint-disable-next-line no-control-regex
const COLOURS = /\u001B\[[\d;]*m/g;
