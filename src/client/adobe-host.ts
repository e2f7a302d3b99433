/** Whether a host is Adobe's own: what is sent there changes real profiles. */

/** `{client}.tt.omtrdc.net`, its edges, and anything else below that name. */
export function isAdobeHost(hostname: string): boolean {
  return /(^|\.)tt\.omtrdc\.net\.?$/i.test(hostname);
}
