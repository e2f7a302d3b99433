/** What somebody may have meant who mistyped a name. */

/** At most five of `names`, the likest first. */
export function similarWords(word: string, names: readonly string[]): string[] {
  const scored = names.map((name) => ({ name, likeness: likeness(word.toLowerCase(), name.toLowerCase()) }));
  return scored
    .filter((each) => each.likeness >= LIKENESS_MIN)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, SHOWN_MAX)
    .map(({ name }) => name);
}

const SHOWN_MAX = 5;
const LIKENESS_MIN = 0.4;

/** The share of letter pairs that two words have in common (Dice's coefficient): swapped words and slips cost little. */
function likeness(one: string, other: string): number {
  const pairs = letterPairs(one);
  const others = letterPairs(other);
  const shared = [...pairs].filter((pair) => others.has(pair)).length;
  return (2 * shared) / Math.max(1, pairs.size + others.size);
}

function letterPairs(word: string): ReadonlySet<string> {
  return new Set(Array.from({ length: Math.max(0, word.length - 1) }, (_, index) => word.slice(index, index + 2)));
}
