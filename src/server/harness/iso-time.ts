/** Times as JSON has them. Release 0.1.0 stored due times beyond the last date, which is shown instead. */
export const isoTime = (timeMs: number): string => new Date(Math.min(timeMs, 8.64e15)).toISOString();
