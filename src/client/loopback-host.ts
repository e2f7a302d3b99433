/** Whether a host is this machine: whoever listens there is an emulator or a test, and nobody else's calls are spent. */

/** As `URL.hostname` spells it. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
