/** What helps after a refusal: a sentence for whoever sent the request, by the rule and by what its body looks like. */
import type { RuleId, Settings } from '../../protocol/vocabulary/index.ts';

const REMEDIES: ReadonlyMap<RuleId, string> = new Map([
  ['our-unknown-client', 'Seed a profile for it (tpe serve --profiles FILE), or start with --unknown-clients create.'],
  ['our-client-mismatch', 'Use one code in both, or start with --client-mismatch host-wins or path-wins.'],
  ['lim-single-rate', 'Wait for the next hours, or raise the setting singleUpdatesPerDay.'],
  ['err-rate-503', 'Send fewer calls a minute, or start with --rate-limit off.'],
  ['lim-file-size', 'Split the file: tpe upload does.'],
  ['body-compress', 'Send the file as it is, without Content-Encoding.'],
  [
    'err-auth-403',
    'Its token: POST /__emulator/clients/CLIENT/token, or the Admin API. Without any: --authentication off.',
  ],
  ['ep-post-only', 'Send the file with POST.'],
]);

/** Refusals that a body meets which is no batch at all. */
const NO_BATCH: ReadonlySet<RuleId> = new Set(['err-batch-missing', 'our-byte-order-mark']);

/**
 * `start` are the first bytes of a body that should be a batch, `BODY_START_BYTES` at most; undefined before the first, and
 * where it was not read because the type of its content is refused.
 */
export function remedyFor(
  rule: RuleId,
  reading: Settings['body'],
  contentType = '',
  start?: Uint8Array,
  isTypeRefused = false,
): string | undefined {
  const text = start === undefined ? undefined : Buffer.from(start).toString('latin1');
  if (text !== undefined && reading === 'raw' && ENCODED_CELLS.test(text))
    return 'The body looks like a form parameter that is encoded: send it raw, or start with --body form.';
  if (text !== undefined && OTHER_FORM.test(text))
    return 'The body looks like a form whose `batch=` is encoded, or behind another parameter: it has to stand at the very start.';
  if (!NO_BATCH.has(rule)) return REMEDIES.get(rule);
  if (text === undefined) return isTypeRefused ? WRONG_CONTENT_TYPE : EMPTY;
  if (/^multipart\//i.test(contentType)) return MULTIPART;
  return LOOKS_LIKE.find(([fits]) => fits(text))?.[1];
}

/** Commas or line breaks are encoded, which the reading as a form decodes. */
const ENCODED_CELLS = /^batch=(?![^\r\n]*&batch=)[^\r\n,]*%(?:2C|0D|0A)/i;
/** The equals sign of `batch=` is, or the parameter stands behind another one: no reading takes that (body-batch-prefix). */
const OTHER_FORM = /^batch%3D|^[\w.]+=[^\r\n]*&batch=/i;

const EMPTY =
  'The body is empty. With curl: --data-binary @FILE, and no --digest, --ntlm or --proxy-digest, which begin with an empty one.';
const WRONG_CONTENT_TYPE =
  'The body was not read, because of its Content-Type: send the one that --content-types wants, or start with --content-types any.';
const MULTIPART = 'The body is a multipart form (curl -F): send the file itself, with curl --data-binary @FILE.';

/** Bytes as characters of one byte each. */
const isUtf16 = (text: string) =>
  /^(?:\u00FF\u00FE|\u00FE\u00FF)/.test(text) || [0, 1].some((at) => text[at] === '\0' && text[at + 2] === '\0');

/** The first that fits. */
const LOOKS_LIKE: readonly (readonly [(text: string) => boolean, string])[] = [
  [(text) => text.startsWith('\u001F\u008B'), 'The body looks like gzip: send it unpacked.'],
  [(text) => text.startsWith('PK\u0003\u0004'), 'The body looks like a zip or .xlsx file: send text in UTF-8.'],
  [isUtf16, 'The body looks like UTF-16: save the file as UTF-8.'],
  [(text) => /^--\S/.test(text), MULTIPART],
  [
    (text) => /^\s*[{[]/.test(text),
    'The body looks like JSON: the API takes batch= and comma-separated rows. tpe upload makes them of NDJSON.',
  ],
  [(text) => /^\s*</.test(text), 'The body looks like XML or HTML: the API takes batch= and comma-separated rows.'],
  [
    (text) => /^(?:pcId|thirdPartyId|mbox3rdPartyId)\s*,/i.test(text),
    'The body begins with its header row: put batch= before it.',
  ],
  [(text) => /^\s+batch=/.test(text), 'There is white space before batch=, which has to stand at the very start.'],
  [() => true, 'The body has to begin with batch= and the header row.'],
];
