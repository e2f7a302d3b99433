/** What a system says in words of its own (our-message-texts): whose they are is marked, and all else must be alike. */

/** The mark stays, and what follows it in its element or string is left out. */
export const withoutOwnWords = (reply: string): string =>
  reply.replaceAll(/(target-profile-emulator: )(?:[^<"\\]|\\.)*/g, '$1…');
