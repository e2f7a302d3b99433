/** The version of the package, as `/__emulator/health`, the command and the `User-Agent` tell it; a test keeps it equal to package.json. */
export const VERSION = '0.1.0';
