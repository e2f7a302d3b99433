/** A name for a job: when it began, and a little chance, so that names sort by age and two of one second differ. */

/** `20260101-093015-k3f9x`. `epochMs` counts from 1970, UTC. */
export function jobId(epochMs: number, random: { next(): number }): string {
  const [date = '', time = ''] = new Date(epochMs).toISOString().split(/[T.]/);
  const tail = Array.from({ length: 5 }, () => LETTERS[Math.floor(random.next() * LETTERS.length)]).join('');
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${tail}`;
}

/** Without those that are read as another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Whether a text may be one: it also names a folder. */
export function isJobId(text: string): boolean {
  return /^\d{8}-\d{6}-[a-z2-9]{5}$/.test(text);
}
