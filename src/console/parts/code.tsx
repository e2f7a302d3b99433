/** Text as it is typed or goes over the wire, to copy at a touch. */
import { useState } from 'preact/hooks';
import { usePreferences } from '../preferences.ts';
import { visible } from './personal.tsx';

export function Code({
  text,
  isPersonal = false,
}: {
  readonly text: string;
  /** Holds what somebody sent: masked with everything else. Copying gives it all the same. */
  readonly isPersonal?: boolean;
}) {
  const { masked } = usePreferences();
  const [isCopied, setCopied] = useState<boolean | undefined>(undefined);
  const copy = async () => {
    setCopied(await copied(text));
    setTimeout(() => setCopied(undefined), COPIED_MS);
  };
  return (
    <div class="code">
      <pre tabIndex={0} role="group" aria-label="Text to copy">
        {isPersonal && masked ? '••••••' : text.split('\n').map(visible).join('\n')}
      </pre>
      <button type="button" class="quiet-button" onClick={() => void copy()}>
        {isCopied === undefined ? 'Copy' : isCopied ? 'Copied' : 'Select and copy it'}
      </button>
    </div>
  );
}

const COPIED_MS = 1_500;

/** Browsers have no clipboard for pages that came over plain HTTP from another machine. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** One word of a shell, quoted where it must be. */
export const shellWord = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : shellText(word));

/** Any text as one word of a shell, quoted always. */
export const shellText = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** XML on one line, as the API sends it, with a line for each element. */
export function indentedXml(xml: string): string {
  let depth = 0;
  return xml
    .replaceAll(/>\s*</g, '>\n<')
    .split('\n')
    .map((line) => {
      const isEnd = line.startsWith('</');
      if (isEnd) depth -= 1;
      const text = `${'  '.repeat(Math.max(0, depth))}${line}`;
      if (!isEnd && !line.includes('</') && !line.endsWith('/>') && !line.startsWith('<?')) depth += 1;
      return text;
    })
    .join('\n');
}
