/** Paths by pattern: `*` stands for any text without a slash. Each piece of it is looked for once, whatever is asked. */

/** GLOB, and every regular expression, tries a hostile pattern of many stars for minutes. */
export function pathFits(pattern: string): (path: string) => boolean {
  const segments = pattern.split('/').map((segment) => segment.split('*'));
  return (path) => {
    const given = path.split('/');
    return given.length === segments.length && segments.every((pieces, index) => segmentFits(pieces, given[index]!));
  };
}

/** The first piece stands at the start, the last at the end, and the leftmost place of each other leaves most for the rest. */
function segmentFits(pieces: readonly string[], segment: string): boolean {
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (pieces.length === 1) return segment === first;
  const end = segment.length - last.length;
  if (end < first.length || !segment.startsWith(first) || !segment.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = segment.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
