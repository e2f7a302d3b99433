/** Text as it is typed or goes over the wire, to copy at a touch. */
import { useState } from 'preact/hooks';
import { visible } from './personal.tsx';

export function Code({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={text.length < 200 ? text : 'Text'}>
        {text.split('\n').map(visible).join('\n')}
      </pre>
      <button type="button" class="quiet-button" onClick={() => void copy()}>
        {isCopied ? 'Copied' : label}
      </button>
    </div>
  );
}

const COPIED_MS = 1_500;

/** One word of a shell, quoted where it must be. */
export const shellWord = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

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
