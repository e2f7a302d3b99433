/** Which Node this needs, known before anything native is loaded: below it SQLite's binding ends the process uncaught. */

/** As `engines` of package.json has it; a test keeps them equal. */
export const NODE_VERSION_MIN = '22.15';

/** What to tell whoever runs this on an older Node; undefined where it is new enough. */
export function oldNode(version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = NODE_VERSION_MIN.split('.').map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return undefined;
  return `target-profile-emulator needs Node ${NODE_VERSION_MIN} or newer, and this is Node ${version}. Get one from https://nodejs.org/en/download.`;
}
