/** A moment in the reader's own zone; the exact one shows on hover. */
import { DAY_MS } from '../../protocol/vocabulary/limits.ts';

export function Time({ at, withSeconds = false }: { readonly at: string; readonly withSeconds?: boolean }) {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date().toDateString();
  const text = isToday ? CLOCK.format(moment) : withSeconds ? exactly(at) : DAY.format(moment);
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const DAY = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hour12: false });

export const exactly = (at: string) => EXACT.format(new Date(at));

/** `13 days 4 h`, in two steps at most. */
export function duration(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['day', DAY_MS],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ];
  const parts: string[] = [];
  let rest = Math.max(0, ms);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}${name === 'day' && count !== 1 ? 's' : ''}`);
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? `${ms} ms` : parts.join(' ');
}
