/** The version of the package, as `/__emulator/health` and the command tell it; a test keeps it equal to package.json. */
export const VERSION = '0.1.0';
