/** Which of the known words were hardly meant otherwise, for "did you mean". */

const LIKENESS_MIN = 0.4;
const SHOWN_MAX = 5;

/** The most similar first; none where nothing comes close. */
export function similar(word: string, known: readonly string[]): readonly string[] {
  return known
    .map((each) => ({ each, likeness: likeness(word.toLowerCase(), each.toLowerCase()) }))
    .filter((candidate) => candidate.likeness >= LIKENESS_MIN)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, SHOWN_MAX)
    .map(({ each }) => each);
}

/** The share of letter pairs that two words have in common (Dice's coefficient): swapped words and slips cost little. */
function likeness(word: string, other: string): number {
  // In a short word two swapped letters leave no pair alone.
  if ([...word].toSorted().join('') === [...other].toSorted().join('')) return 1;
  const [pairs, others] = [pairsOf(word), pairsOf(other)];
  return (2 * [...pairs].filter((pair) => others.has(pair)).length) / Math.max(1, pairs.size + others.size);
}

const pairsOf = (word: string) => new Set([...word].slice(1).map((letter, index) => word[index]! + letter));
