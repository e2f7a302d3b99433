/** A beat of real time for whoever watches: it never keeps a process alive, and beats only between `every` and its end. */

/** Calls `beat` every `ms` milliseconds; the returned function ends that. */
export function every(ms: number, beat: () => void): () => void {
  const timer = setInterval(beat, ms).unref();
  return () => clearInterval(timer);
}
