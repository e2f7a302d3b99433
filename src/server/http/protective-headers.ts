/** What every reply tells a browser: take it as what it says it is, show it in no frame, hand it to no other origin. */
export const PROTECTIVE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;
