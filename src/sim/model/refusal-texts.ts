/** The words of refusals. Hardly any document has them (err-unknown-set), so these are the emulator's own, written a second time. */
import {
  BATCH_FILE_BYTES_LIMIT,
  BATCH_FILE_BYTES_WARN,
  BATCH_ROWS_MAX,
  CALLS_PER_MINUTE_MAX,
  COLUMNS_MAX,
  HEADER_ROW_BYTES_MAX,
  SINGLE_UPDATE_GET_BYTES_MAX,
  SINGLE_UPDATE_POST_BYTES_MAX,
} from '../../protocol/vocabulary/index.ts';
import type { RuleId } from '../../protocol/vocabulary/index.ts';

export interface RefusalFacts {
  readonly rule: RuleId;
  /** The column at fault, and what it is called. */
  readonly column?: number | undefined;
  readonly name?: string | undefined;
  readonly method?: string | undefined;
  /** How a token was found. */
  readonly token?: 'none' | 'wrong' | 'expired' | undefined;
  /** What waits in a full queue. */
  readonly waiting?: { readonly batches: number; readonly bytes: number } | undefined;
}

/** our-message-texts: only a missing batch has words that anybody reported (err-batch-missing). */
export function refusalText(refusal: RefusalFacts): string {
  if (refusal.rule === 'err-batch-missing') return 'Batch is empty';
  return `target-profile-emulator: ${ownWords(refusal)}`;
}

function ownWords({ rule, column, name, method, token, waiting }: RefusalFacts): string {
  switch (rule) {
    case 'our-client-code':
      return 'The client code must be 1 to 64 letters, digits, `_` or `-`.';
    case 'our-client-mismatch':
      return 'The client code of the path is not that of the host name; use the same in both.';
    case 'our-unknown-client':
      return 'This client code is unknown, and unknown clients are refused here; seed a profile for it first.';
    case 'err-auth-403':
      if (token === 'none') return 'This account requires a token; send `Authorization: Bearer TOKEN`.';
      if (token === 'expired') return 'The token has expired; generate a new one.';
      return "The token is not this account's, or not its current one.";
    case 'ep-post-only':
      return 'batchUpdate takes POST only.';
    case 'err-rate-503':
      return `More than ${CALLS_PER_MINUTE_MAX} calls within 60 seconds; wait a minute.`;
    case 'our-queue-bound':
      return `${waiting?.batches} batches (${waiting?.bytes} bytes) wait to be applied already; let some complete and send this one again.`;
    case 'body-compress':
      return 'The body has a Content-Encoding; send the batch file uncompressed.';
    case 'lim-file-size':
      return name === '50-mb'
        ? `The batch file has ${BATCH_FILE_BYTES_WARN} bytes or more; it must be smaller than 50 MB. Split it.`
        : `The batch file has ${BATCH_FILE_BYTES_LIMIT} bytes or more; it must be smaller than 50 MiB. Split it.`;
    case 'lim-rows':
      return `The batch file has more than ${BATCH_ROWS_MAX} data rows. Split it.`;
    case 'our-byte-order-mark':
      return 'The body starts with a byte order mark; `batch=` must be its very first bytes.';
    case 'hdr-key-first':
      return `The first column is called ${quoted(name ?? '')}; it must be pcId or thirdPartyId.`;
    case 'hdr-encoded':
      return `The name of column ${column} is not percent-encoded UTF-8.`;
    case 'our-columns-max':
      return `The header row has more than ${COLUMNS_MAX} columns or ${HEADER_ROW_BYTES_MAX} bytes, more than this emulator takes. Were line ends lost (curl --data)? Send the file with --data-binary.`;
    case 'our-unknown-batch':
      return 'No batch of this id is known; statuses are kept for 24 hours.';
    case 'sgl-params':
      return 'The update names no visitor; send mboxPC or mbox3rdPartyId.';
    case 'lim-single-size': {
      const most = method === 'GET' ? SINGLE_UPDATE_GET_BYTES_MAX : SINGLE_UPDATE_POST_BYTES_MAX;
      return `The update has more than ${most} bytes, the most for ${method}.`;
    }
    case 'tok-admin-auth':
      return 'Send `Authorization: Bearer TOKEN`; any will do here.';
    case 'tok-get-none':
      return 'There is no token, or none any more: POST makes one.';
    case 'tok-scope-required':
    case 'auth-scope-param':
      return 'The query has to say authorizationScope=profile_api or debug_tools.';
    case 'fch-client-required':
      return 'The query parameter `client` is missing.';
    default:
      throw new Error(`nothing is refused by rule ${rule}`);
  }
}

/** At most 40 characters, with an escape for each that nobody can see. */
function quoted(name: string): string {
  const short = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  let text = '';
  for (const unit of JSON.stringify(short)) {
    if (/[\p{C}\p{Zl}\p{Zp}]/u.test(unit)) {
      for (const half of unit.split('')) text += `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`;
    } else text += unit;
  }
  return text;
}
