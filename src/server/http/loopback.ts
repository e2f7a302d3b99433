/** Which names and addresses mean this machine alone. */

const LOOPBACK = /^(?:(?:[^.]+\.)*localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Of a URL: `localhost`, `app.localhost`, `127.0.0.1`, `[::1]`. */
export const isLoopbackName = (hostname: string): boolean => LOOPBACK.test(hostname);

/** As given to `--host`; a server bound there can be reached from this machine alone. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host.includes(':') ? `[${host}]` : host);

/** Of a socket; IPv4 within IPv6 too, as one that takes both has it. */
export const isLoopbackAddress = (address: string): boolean => /^(?:(?:::ffff:)?127\.|::1$)/.test(address);
