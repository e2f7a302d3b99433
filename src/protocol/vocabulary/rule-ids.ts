/** The ids that the code names: those of docs/api/catalogue.md, then ours. What is only known has its ids in rules/facts.ndjson. */

/** Subject by subject, in the order of the rulebook. */
const IDS = [
  'ep-post-only ep-literal-client ep-fetch-ecid ep-status-details',
  'body-batch-prefix body-ctype-form body-newlines-kept body-compress',
  'hdr-key-first hdr-paramname-only hdr-encoded hdr-name-len',
  'key-3rd-len key-3rd-chars key-ecid-guidance',
  'enc-utf8-percent enc-two-readings',
  'empty-ignored empty-only-skipped empty-null-word',
  'v1-update-only v1-merge-keys',
  'v2-upsert v2-override-caveat',
  'lim-file-size lim-rows lim-calls-min lim-profile-64k lim-64k-evict lim-value-256 lim-mbox-params lim-single-rate',
  'lim-single-size lim-delivery-body',
  'res-batchid-current res-url-len res-row-values-2017 res-row-2020-after',
  'st-terminal',
  'err-batch-missing err-rate-503 err-auth-403 err-fetch-404-3rd err-fetch-404-pc err-delivery-400',
  'err-fetch-badclient',
  'auth-header-bearer auth-expiry auth-token-api auth-scope-param',
  'sgl-params sgl-unencoded-values sgl-dotted-names sgl-latency',
  'fch-client-required fch-only-custom',
  'mrg-customer-ids mrg-sdk-hop mrg-memory',
  'life-14d',
  'thr-loss thr-message-loss',
  'ca-transport ca-sharing ca-creates ca-ids ca-own-namespace ca-source ca-alias-form ca-name-no-dot',
  'ca-name-no-blank ca-name-len ca-file-csv ca-fin ca-fin-name ca-root ca-size ca-cadence ca-header ca-columns-equal',
  'ca-quoting ca-null-removes ca-encoding ca-types ca-subscription ca-preload ca-match-3rd ca-match-customerid',
  'ca-shows-audience ca-page-readonly',
  'tok-scope-required tok-get-none tok-admin-auth',
  'dlv-id-lengths dlv-id-one-of dlv-cust-needs-ecid dlv-session-form dlv-param-null',
  'lim-calls-per-user',
  'our-body-reading our-rejection-status our-client-mismatch our-unknown-client our-message-texts our-line-ends',
  'our-byte-order-mark our-surplus-cells our-column-names our-location-hint our-status-shape',
  'our-empty-only-counters our-lifetime-touch our-unknown-batch our-fetch-identity our-first-incomplete',
  'our-rate-window our-blank-key our-undecodable our-not-utf8 our-duplicate-ids our-link-host our-single-miss',
  'our-content-type our-trimmed-blanks our-empty-words our-placeholder-words our-quoted-cell our-encoded-twice',
  'our-cut-cells our-second-id our-reserved-names our-v1-third-party-id our-pcid-length our-dot-id our-header-only',
  'our-client-code our-fetch-times our-delivery-client our-fetch-ecid our-columns-max our-queue-bound',
] as const;

type Words<Text extends string> = Text extends `${infer First} ${infer Others}` ? First | Words<Others> : Text;

export type RuleId = Words<(typeof IDS)[number]>;

export const RULE_IDS = IDS.flatMap((line) => line.split(' ')) as readonly RuleId[];
