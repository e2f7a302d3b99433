/** A value that somebody sent: shown as text whatever it holds, masked at a touch, cut where it is long. */
import { useState } from 'preact/hooks';
import { usePreferences } from '../preferences.ts';

/** Characters that are shown before a reader asks for the rest. */
const SHOWN_MAX = 160;

export function Personal({ text, isLong = false }: { readonly text: string; readonly isLong?: boolean }) {
  const { masked } = usePreferences();
  const [isWhole, setWhole] = useState(false);
  if (masked) {
    return (
      <span class="masked" title="Masked. Press m, or the eye above, to show values.">
        ••••••
      </span>
    );
  }
  if (text === '') return <span class="quiet">empty</span>;
  const isCut = text.length > SHOWN_MAX && !isWhole && !isLong;
  return (
    <bdi class="personal">
      {visible(isCut ? text.slice(0, SHOWN_MAX) : text)}
      {isCut && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          … {text.length.toLocaleString()} characters
        </button>
      )}
    </bdi>
  );
}

/** What has no shape of its own, or turns the text around it, is named: nobody should read what is not there. */
export function visible(text: string): string {
  return text.replace(
    UNSEEN,
    (character) => `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;
