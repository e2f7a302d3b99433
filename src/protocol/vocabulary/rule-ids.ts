/** The id of every rule: the catalogue's own (docs/api/catalogue.md), then ours for what no document says. */

/** Section by section, in the order of the catalogue. */
export const CATALOGUE_RULE_IDS = [
  // 1.1 Endpoints and routing
  'ep-v1-submit',
  'ep-v2-submit',
  'ep-host-client',
  'ep-host-edge',
  'ep-scheme',
  'ep-status-current',
  'ep-status-v2-legacy',
  'ep-status-v1-legacy',
  'ep-status-absolute',
  'ep-status-details',
  'ep-status-append',
  'ep-post-only',
  'ep-single',
  'ep-literal-client',
  'ep-fetch-tnt',
  'ep-fetch-3rd',
  'ep-fetch-ecid',
  'ep-delivery',
  'ep-mbox-json',
  'ep-mbox-legacy',
  'ep-token',
  'ep-absolute-form',
  'ep-http2',
  // 1.2 Request format
  'body-form-param',
  'body-batch-prefix',
  'body-ctype-form',
  'body-raw-text',
  'body-newlines-kept',
  'body-chunked',
  'body-expect-100',
  'body-lf',
  'body-spaces',
  'body-flattened-sample',
  'body-rows-ragged',
  'body-dup-keys',
  'body-pure-file',
  'body-compress',
  // 1.3 Header row
  'hdr-first-row',
  'hdr-key-first',
  'hdr-3rd-name',
  'hdr-no-ecid',
  'hdr-paramname-only',
  'hdr-encoded',
  'hdr-case',
  'hdr-no-count-limit',
  'hdr-name-len',
  // 1.4 Keys
  'key-pcid-def',
  'key-pcid-forms',
  'key-pcid-hint',
  'key-3rd-def',
  'key-3rd-len',
  'key-3rd-chars',
  'key-ecid-guidance',
  'key-one-customer-id',
  // 1.5 Encoding
  'enc-utf8-percent',
  'enc-pipe-roundtrip',
  'enc-sample-unencoded',
  'enc-two-readings',
  // 1.6 Empty values
  'empty-ignored',
  'empty-only-skipped',
  'empty-no-delete',
  'empty-null-word',
  'empty-v2-partial',
  // 1.7 v1 semantics
  'v1-update-only',
  'v1-notfound-count',
  'v1-overall-status',
  'v1-merge-keys',
  // 1.8 v2 semantics
  'v2-upsert',
  'v2-row-status-claim',
  'v2-notfound-zero',
  'v2-create-visible',
  'v2-override-caveat',
  // 1.9 Limits
  'lim-file-size',
  'lim-rows',
  'lim-rows-day',
  'lim-calls-min',
  'lim-status-cpm',
  'lim-batches-kept',
  'lim-profile-size-old',
  'lim-profile-64k',
  'lim-64k-evict',
  'lim-value-256',
  'lim-mbox-params',
  'lim-single-rate',
  'lim-single-size',
  'lim-fetch-rate',
  'lim-delivery-body',
  // 1.10 Responses — exact shapes
  'res-submit-ok',
  'res-submit-ws',
  'res-submit-stripped',
  'res-submit-fail',
  'res-submit-fail-status-empty',
  'res-submit-http200',
  'res-ctype',
  'res-status-default',
  'res-status-details',
  'res-id-mismatch',
  'res-batchid-current',
  'res-batchid-legacy',
  'res-m2node',
  'res-url-len',
  'res-url-scheme',
  'res-row-2017',
  'res-row-values-2017',
  'res-row-2020-before',
  'res-row-2020-after',
  'res-row-path',
  'res-row-today',
  'res-single-ok',
  'res-offline-ok',
  'res-fetch-json',
  'res-fetch-names',
  'res-delivery-json',
  'res-mbox-json',
  'res-mbox-ajax',
  // 1.11 Status lifecycle and counters
  'st-values',
  'st-submit-not-applied',
  'st-immediately-incomplete',
  'st-observed-time',
  'st-observed-failure',
  'st-terminal',
  'st-local-stuck',
  'cnt-batchsize',
  'cnt-consumed',
  'cnt-sum',
  'cnt-complete-with-failures',
  'cnt-created-as-success',
  'st-no-row-readback',
  // 1.12 Errors
  'err-batch-missing',
  'err-rate-503',
  'err-429',
  'err-auth-403',
  'err-fetch-404-3rd',
  'err-fetch-404-pc',
  'err-delivery-400',
  'err-mbox-legacy',
  'err-fetch-badclient',
  'err-unknown-set',
  // 1.13 Authentication
  'auth-optional',
  'auth-header-bearer',
  'auth-roles',
  'auth-regenerate',
  'auth-expiry',
  'auth-token-form',
  'auth-token-api',
  'auth-scope-param',
  'auth-token-bug',
  // 1.14 Single profile update
  'sgl-params',
  'sgl-update-only',
  'sgl-post-query',
  'sgl-unencoded-values',
  'sgl-dotted-names',
  'sgl-json-post',
  'sgl-latency',
  'sgl-mbox-free',
  // 1.15 Profile fetch
  'fch-locate',
  'fch-lag',
  'fch-404-is-not-loss',
  'fch-client-required',
  'fch-only-custom',
  // 1.16 Delivery / mbox calls: creation and merge
  'mrg-create-tnt',
  'mrg-create-3rd',
  'mrg-map',
  'mrg-all-ids',
  'mrg-3rd-wins',
  'mrg-saved-to-3rd',
  'mrg-immediate-read',
  'mrg-sticky',
  'mrg-context-priority',
  'mrg-memory',
  'mrg-profile-params',
  'mrg-session',
  'mrg-customer-ids',
  'mrg-param-names',
  'mrg-both-ways',
  'mrg-trim',
  'mrg-sdk-hop',
  // 1.17 Lifetime
  'life-14d',
  'life-sliding',
  'life-api-touch',
  'life-ca',
  // 1.18 Throttling, loss, latency
  'thr-business-hours',
  'thr-latency',
  'thr-loss',
  'thr-message-loss',
  'thr-order',
  // 1.19 Customer attributes compared with the bulk API
  'ca-transport',
  'ca-sharing',
  'ca-creates',
  'ca-ids',
  'ca-own-namespace',
  // 1.20 Second reading: customer attributes
  'ca-source',
  'ca-alias-form',
  'ca-alias-burnt',
  'ca-alias-meaning',
  'ca-name-no-dot',
  'ca-name-no-blank',
  'ca-name-len',
  'ca-file-csv',
  'ca-fin',
  'ca-fin-name',
  'ca-root',
  'ca-processed',
  'ca-transport-modes',
  'ca-size',
  'ca-size-min',
  'ca-cadence',
  'ca-order',
  'ca-header',
  'ca-columns-equal',
  'ca-quoting',
  'ca-blank-null',
  'ca-null-removes',
  'ca-encoding',
  'ca-rows',
  'ca-types',
  'ca-schema-update',
  'ca-subscription',
  'ca-sync-delay',
  'ca-preload',
  'ca-match-3rd',
  'ca-match-customerid',
  'ca-needs-subscribed-alias',
  'ca-shared-login',
  'ca-shows-audience',
  'ca-shows-token',
  'ca-shows-response',
  'ca-shows-fetch',
  'ca-page-readonly',
  'ca-lifetime',
  'ca-loss',
  'ca-client',
  // 1.20 Second reading: Delivery identity and merge, and limits
  'ca-privacy',
  'tok-error-shape',
  'tok-scope-required',
  'tok-get-none',
  'tok-expires-type',
  'tok-admin-auth',
  'tok-literal',
  'tok-none-delivery',
  'tok-settings-scope',
  'dlv-id-lengths',
  'dlv-id-one-of',
  'dlv-cust-needs-ecid',
  'dlv-auth-ints',
  'dlv-3rd-every-call',
  'dlv-session-form',
  'dlv-session-serial',
  'dlv-param-null',
  'dlv-no-cookies',
  'dlv-reply-ids',
  'dlv-not-overwritten',
  'lim-calls-per-user',
  'life-90-delete',
  'life-kcs',
] as const;

/** Ours: what nobody documents. The number is the question in section 3 of the catalogue that settles it. */
export const OUR_RULE_IDS = [
  'our-body-reading', // Q1
  'our-rejection-status', // Q2
  'our-client-mismatch', // Q3
  'our-unknown-client', // Q3
  'our-message-texts', // Q4
  'our-line-ends', // Q5
  'our-byte-order-mark', // Q5
  'our-surplus-cells', // Q6, Q31
  'our-column-names', // Q7, Q31
  'our-location-hint', // Q8, Q32
  'our-status-shape', // Q9
  'our-empty-only-counters', // Q10
  'our-lifetime-touch', // Q12
  'our-unknown-batch', // Q13
  'our-fetch-identity', // Q14
  'our-first-incomplete', // Q15
  'our-rate-window', // Q16
  'our-size-boundary', // Q17
  'our-eviction-order', // Q18, Q28
  'our-blank-key', // Q19
  'our-undecodable', // Q19
  'our-not-utf8', // Q33
  'our-duplicate-ids', // Q20
  'our-link-host', // Q22
  'our-single-miss', // Q24
  'our-content-type', // Q25
  'our-trimmed-blanks', // Q29
  'our-empty-words', // Q10; BULK names more empties than a missing cell
  'our-placeholder-words', // a note
  'our-quoted-cell', // a note
  'our-encoded-twice', // a note
  'our-cut-cells', // a note
  'our-second-id', // a note
  'our-reserved-names', // a note
  'our-v1-third-party-id', // Q26: a note
  'our-pcid-length', // a note
  'our-header-only', // Q30
  'our-client-code', // Q34
  'our-fetch-times', // Q36
  'our-batch-order', // Q37
  'our-token-tenant', // no document: what the tenant of the token API is
  'our-delivery-client', // no document: SDKs name an organisation only
  'our-fetch-ecid', // no document has the words of this 404
  'our-columns-max', // a bound of this emulator, none of the API's
  'our-queue-bound', // a bound of this emulator, none of the API's
] as const;

export type RuleId = (typeof CATALOGUE_RULE_IDS)[number] | (typeof OUR_RULE_IDS)[number];
