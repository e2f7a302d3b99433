/** Where a rule stands: each key of its source leads to the document, as docs/rules.md has the addresses. */
import { addresses } from 'built:console';

/** The longest first: `BULK@af9db32` is no `BULK`. */
const KEYS = Object.keys(addresses)
  .toSorted((a, b) => b.length - a.length)
  .map((key) => key.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
const KEY = new RegExp(`(?<![\\w-])(${KEYS.join('|')})(?![\\w-])`);

export function Source({ text }: { readonly text: string }) {
  return (
    <span class="source">
      {KEYS.length === 0
        ? text
        : text.split(KEY).map((part, index) =>
            index % 2 === 0 ? (
              part
            ) : (
              <a key={index} href={addresses[part]!} target="_blank" rel="noreferrer" title={addresses[part]}>
                {part}
              </a>
            ),
          )}
    </span>
  );
}
