/** Times as JSON has them. */
export const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();
