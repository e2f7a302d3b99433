/** The form reading of a body (our-body-reading): rewrites its text so that the ordinary grammar reads it as a form would. */
import type { Diagnostic, Settings } from '../vocabulary/index.ts';
import { encTwoReadings } from '../rules/encoding.ts';
import { ourBodyReading, ourLineEnds } from '../rules/request-format.ts';

export interface FormText {
  write(text: string): void;
  end(): void;
}

/**
 * Given what follows `batch=`, hands text on as `read` should see it; a raw body passes unchanged. `note` hears each cell of the raw file that the
 * two readings take differently, since nothing of it is left to see afterwards.
 */
export function formTextReader(
  body: Settings['body'],
  read: (text: string) => void,
  note: (diagnostic: Diagnostic) => void,
): FormText {
  if (body === 'raw') return { write: read, end: () => {} };
  const where = rawPosition(note);
  let held = '';
  let over = false;
  const pass = (text: string) => {
    const cut = text.indexOf('&');
    over = cut !== -1;
    where.move(over ? text.slice(0, cut + 1) : text);
    const parameter = over ? text.slice(0, cut) : text;
    read(parameter.replace(UNITS, (unit) => ourBodyReading.decide('form', unit)));
  };
  return {
    write(text) {
      if (over) return;
      const whole = held + text;
      // An escape may be cut by the end of the block: its beginning waits for the next one.
      const cut = whole.length - (/%[0-9A-Fa-f]?$/.exec(whole)?.[0].length ?? 0);
      held = whole.slice(cut);
      pass(whole.slice(0, cut));
    },
    end() {
      if (!over) pass(held);
      where.end();
    },
  };
}

const UNITS = /\+|%(?:2[Cc]|0[AaDd])/g;

/** Follows rows and columns of the raw text; blank lines are not counted. */
function rawPosition(note: (diagnostic: Diagnostic) => void): { move(text: string): void; end(): void } {
  let row = 0;
  let column = 1;
  let cell = '';
  const endCell = () => {
    if (encTwoReadings.decide(cell)) note({ rule: 'enc-two-readings', row, column });
    cell = '';
  };
  return {
    move(text) {
      for (const part of text.split(/(?<=[,\n])/)) {
        const mark = part.at(-1);
        const ended = mark === ',' || mark === '\n';
        cell += ended ? part.slice(0, -1) : part;
        if (!ended) continue;
        const blankLine = mark === '\n' && column === 1 && ourLineEnds.decide(cell) === undefined;
        endCell();
        if (mark === '\n' && !blankLine) row += 1;
        column = mark === '\n' ? 1 : column + 1;
      }
    },
    end: endCell,
  };
}
