/** A list of any length of which only what is seen is drawn: rows of one height, known by their index. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Browsers draw nothing beyond some 17 million pixels: 500,000 rows of this height stay below. */
export const ROW_PX = 32;
const BEYOND_ROWS = 8;

export interface VirtualListProps {
  readonly count: number;
  readonly label: string;
  readonly row: (index: number) => ComponentChildren;
  /** The rows that are about to be seen. */
  readonly onSeen: (first: number, last: number) => void;
}

/** Arrows go from one row's link to the next; the list follows by scrolling. */
function step(event: KeyboardEvent): void {
  const by = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0;
  const { activeElement } = document;
  const row = activeElement?.closest('.virtual-row');
  if (by === 0 || row === null || row === undefined) return;
  const next = (by === 1 ? row.nextElementSibling : row.previousElementSibling)?.querySelector('a');
  if (next === null || next === undefined) return;
  event.preventDefault();
  next.focus();
}

export function VirtualList({ count, label, row, onSeen }: VirtualListProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ first: 0, last: 40 });

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const look = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / ROW_PX) - BEYOND_ROWS);
      const last = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / ROW_PX) + BEYOND_ROWS);
      setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      sizes.disconnect();
    };
  }, [count]);
  useEffect(() => onSeen(seen.first, seen.last), [seen, onSeen]);

  const last = Math.min(seen.last, count);
  const drawn = Array.from({ length: Math.max(0, last - seen.first) }, (_, offset) => seen.first + offset);
  return (
    <div
      class="virtual"
      style={{ height: `${count * ROW_PX + 2}px` }}
      ref={frame}
      tabIndex={0}
      role="group"
      aria-label={label}
      onKeyDown={step}
    >
      <div style={{ height: `${count * ROW_PX}px` }}>
        <div class="drawn" style={{ transform: `translateY(${seen.first * ROW_PX}px)` }}>
          {drawn.map((index) => (
            <div key={index} class="virtual-row">
              {row(index)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
