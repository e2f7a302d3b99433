/** Cuts a JSON array into its elements while it arrives. */
import { type InputProblem, problemOf } from './input-problem.ts';

/** Cuts `[a, b, c]` at its commas; `onElement` hears of each, and of the line it begins in. What it is, is somebody else's to judge. */
export function elementScanner(onElement: (content: string, line: number) => void) {
  let state: 'before' | 'first' | 'element' | 'between' | 'after' = 'before';
  let held = '';
  let line = 1;
  let elementLine = 1;
  let depth = 0;
  let inText = false;
  let isEscaped = false;

  const refused = (what: string) => problemOf('not-an-array', `${what} An array of objects is [{…}, {…}].`, { line });
  const scan = (text: string, isLast: boolean): InputProblem | undefined => {
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at]!;
      if (character === '\n') line += 1;
      if (state === 'element') {
        if (isEscaped) isEscaped = false;
        else if (inText) {
          if (character === '\\') isEscaped = true;
          else if (character === '"') inText = false;
        } else if (character === '"') inText = true;
        else if (character === '{' || character === '[') depth += 1;
        else if (depth > 0 && (character === '}' || character === ']')) depth -= 1;
        else if (depth === 0 && (character === ',' || character === ']')) {
          onElement(held + text.slice(start, at), elementLine);
          held = '';
          state = character === ',' ? 'between' : 'after';
        }
      } else if (/\S/.test(character)) {
        if (state === 'before') {
          if (character !== '[') return refused('This is no JSON array.');
          state = 'first';
        } else if (state === 'after') return refused('Something follows the end of the array.');
        else if (character === ']' && state === 'first') state = 'after';
        else if (character === ']' || character === ',') return refused('A comma has no element beside it.');
        else {
          state = 'element';
          start = at;
          elementLine = line;
          depth = character === '{' || character === '[' ? 1 : 0;
          inText = character === '"';
        }
      }
    }
    if (state === 'element') held += text.slice(start);
    return isLast && state !== 'after' ? refused('The array does not end.') : undefined;
  };
  return { scan, line: () => line, held: () => held.length };
}
