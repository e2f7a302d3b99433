/** Every number of the API that somebody documented, and our own where nobody did; the rule that says it stands beside it. */

/** Time is told in milliseconds; this is a day of it. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/** `batch=` (body-batch-prefix). */
export const BATCH_PREFIX = 'batch=';

/** A batch file must be *smaller* than this: 50 MiB (lim-file-size, our-size-boundary). */
export const BATCH_FILE_BYTES_LIMIT = 50 * 1024 * 1024;

/** From here on a batch file gets a warning: 50 MB might be meant decimally (our-size-boundary). */
export const BATCH_FILE_BYTES_WARN = 50_000_000;

/** Data rows, the header row and blank lines not counted (lim-rows). */
export const BATCH_ROWS_MAX = 500_000;

/** Code points of a decoded thirdPartyId (key-3rd-len). */
export const THIRD_PARTY_ID_LENGTH_MAX = 256;

/** UTF-8 bytes of the names and values of one profile (lim-profile-64k). */
export const PROFILE_BYTES_MAX = 65_536;

/** Characters of a name or value in an mbox call; advice only for bulk (hdr-name-len, lim-value-256). */
export const MBOX_NAME_LENGTH_MAX = 128;
export const MBOX_VALUE_LENGTH_MAX = 256;

/** Profile parameters of one mbox or Delivery call (lim-mbox-params), its mboxes and its bytes (lim-delivery-body). */
export const PROFILE_PARAMETERS_MAX = 50;
export const DELIVERY_MBOXES_MAX = 50;
export const DELIVERY_BODY_BYTES_MAX = 60_000_000;

/** Characters of a tntId, an ECID, a customer id and a session id; of a customer id's alias; customer ids of one call (dlv-id-lengths). */
export const DELIVERY_ID_LENGTH_MAX = 128;
export const INTEGRATION_CODE_LENGTH_MAX = 50;
export const CUSTOMER_IDS_MAX = 50;

/** Share of a batch's rows that may be lost (thr-loss). */
export const LOST_ROWS_SHARE_MAX = 0.001;

/** Calls a minute before 503 (lim-calls-min). */
export const CALLS_PER_MINUTE_MAX = 50;

/** A status link longer than this does not fit a real client's column (res-url-len). */
export const STATUS_LINK_LENGTH_MAX = 255;

/** How long a batch's status is kept, and how many of them in `tt` shape (lim-batches-kept, our-unknown-batch). */
export const BATCH_STATUS_KEPT_MS = 1 * DAY_MS;
export const BATCH_STATUSES_KEPT_TT = 10;

/** Days without activity before a profile is gone (life-14d), and the most that support extends it to. */
export const PROFILE_LIFETIME_DAYS = 14;
export const PROFILE_LIFETIME_DAYS_MAX = 90;

/** Single updates in any 24 hours (lim-single-rate). */
export const SINGLE_UPDATES_PER_DAY = 1_000_000;

/** Bytes of a single update's parameters, by method (lim-single-size). */
export const SINGLE_UPDATE_GET_BYTES_MAX = 8 * 1024;
export const SINGLE_UPDATE_POST_BYTES_MAX = 60 * 1024;

/** Columns and bytes of a header row that this emulator takes (our-columns-max): nobody documents a bound. */
export const COLUMNS_MAX = 10_000;
export const HEADER_ROW_BYTES_MAX = 1024 * 1024;

/** Of customer attributes: characters of an alias and of a name (ca-alias-form, ca-name-len), attributes that a Premium account subscribes to (ca-subscription). */
export const ALIAS_LENGTH_MAX = 50;
export const ATTRIBUTE_NAME_LENGTH_MAX = 250;
export const SUBSCRIBED_ATTRIBUTES_MAX = 200;

/** Bytes of a file of customer attributes, and of all that an account keeps (ca-size); MB is read as 1,000,000: ours. */
export const ATTRIBUTE_FILE_BYTES_MAX = 4_000_000_000;
export const ATTRIBUTE_ACCOUNT_BYTES_MAX = 40_000_000_000;
