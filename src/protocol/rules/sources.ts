/** Where the keys in a rule's `source` lead: an address that opens for each document; the catalogue has their dates. */

const DEV = 'https://github.com/AdobeDocs/target-dev.en/blob/main/help/dev';
const TARGET = 'https://github.com/AdobeDocs/target.en/blob/main/help/main';
const APIS = 'https://github.com/AdobeDocs/target-developers/blob/main/src';
const CORE = 'https://github.com/AdobeDocs/core-services.en/blob/main/help/interface/services/customer-attributes';
const METHODS = `${DEV}/before-implement/methods-to-get-data-into-target`;
/** Deleted in 2022: as they were before. */
const OLD =
  'https://github.com/AdobeDocs/analytics-1.4-apis/blob/cc65cebc20f8dcbb12be4c2696585bcf7e0a3190/src/pages/guides/target';

/** A package of Python (ECA), copies of at.js 1.x (ATJS1) and samples (SEGFN) have no address that stays, nor has `captured`. */
const SOURCES: Readonly<Record<string, string>> = {
  BULK: `${DEV}/administer/profile-api/profile-bulk-api.md`,
  'BULK@af9db32':
    'https://github.com/AdobeDocs/target-dev.en/blob/af9db32/help/dev/administer/profile-api/profile-bulk-api.md',
  SINGLE: `${DEV}/administer/profile-api/profile-single-api.md`,
  FETCH: `${DEV}/administer/profile-api/profile-fetch.md`,
  PROF: `${DEV}/administer/profile-api/profiles-api.md`,
  METH: `${METHODS}/bulk-profile-update-api.md`,
  SET: `${METHODS}/profile-api-settings.md`,
  IDV: `${DEV}/before-implement/delivery-api-overview/identifying-visitors.md`,
  ATJSMAP: `${DEV}/implement/client-side/atjs/upgrading-from-atjs-1x-to-atjs-20.md`,
  LIM: `${TARGET}/r-troubleshooting-target/target-limits.md`,
  '3RD': `${TARGET}/c-target/c-visitor-profile/3rd-party-id.md`,
  LIFE: `${TARGET}/c-target/c-visitor-profile/visitor-profile-lifetime.md`,
  VP: `${TARGET}/c-target/c-audiences/c-target-rules/visitor-profile.md`,
  CADEV: `${METHODS}/customer-attributes.md`,
  CA: `${TARGET}/c-target/c-visitor-profile/working-with-customer-attributes.md`,
  RN20: `${TARGET}/r-release-notes/release-notes-for-previous-releases.md`,
  RN17: `${TARGET}/r-release-notes/release-notes-for-previous-releases.md`,
  DOCCHG: `${TARGET}/r-release-notes/doc-change.md`,
  EMAIL: `${TARGET}/c-recommendations/c-recommendations-faq/integrating-recs-email.md`,
  VAR: `${TARGET}/c-target/c-visitor-profile/variables-profiles-parameters-methods.md`,
  PRIV: `${DEV}/before-implement/privacy/cmp-privacy-and-general-data-protection-regulation.md`,
  IDS: 'https://github.com/AdobeDocs/id-service.en/blob/main/help/reference/authenticated-state.md',
  CSDF: `${CORE}/crs-data-file.md`,
  CSUC: `${CORE}/t-crs-usecase.md`,
  CSFTP: `${CORE}/t-upload-attributes-ftp.md`,
  CSVAL: `${CORE}/validate-schema.md`,
  CSSUB: `${CORE}/subscription.md`,
  CSUPD: `${CORE}/t-update-schema.md`,
  CSFAQ: `${CORE}/faq-crs.md`,
  ADM: `${APIS}/admin-api.json`,
  DEL: `${APIS}/delivery-api.json`,
  'known-limitations.md': `${DEV}/before-implement/delivery-api-overview/known-limitations.md`,
  'Delivery API known limitations': `${DEV}/before-implement/delivery-api-overview/known-limitations.md`,
  'TT-B': `${OLD}/batch_update.md`,
  'TT-U': `${OLD}/profile_update.md`,
  'TT-F': `${OLD}/profile_fetch.md`,
  'TT-O': `${OLD}/profile_passing_offline_conversion.md`,
  'TT-D': `${OLD}/serverside_delivery.md`,
  SLATE: 'https://github.com/adobe-target/slate/blob/master/source/index.html.md',
  SLATE17: 'https://github.com/adobe-target/slate/commits/master/source/index.html.md',
  WDT: 'https://github.com/WhatDoThis/Campaign_Target_Bulk_API_Develop',
  HOOK: 'https://github.com/johnwight/Use-Adobe-IO-Target-Launch-and-Triggers-to-Customize-Site-Experiences-for-Repeat-Users',
  SEG: 'https://github.com/segmentio/action-destinations/tree/main/packages/destination-actions/src/destinations/adobe-target',
  SEGDOC:
    'https://github.com/segmentio/segment-docs/blob/develop/src/connections/destinations/catalog/actions-adobe-target-cloud/index.md',
  ALLOY: 'https://github.com/adobe/alloy',
  NSDK: 'https://github.com/adobe/target-nodejs-sdk',
  TEAL: 'https://docs.tealium.com/server-side-connectors/adobe-target-connector/',
};

/** Our own reading of the documents, question by question; from the package's root. */
const QUESTIONS = 'docs/api/catalogue.md';

const KEY = new RegExp(
  `(?<![\\w-])(?:${Object.keys(SOURCES)
    .toSorted((a, b) => b.length - a.length)
    .join('|')}|Q\\d+)(?![\\w-])`,
  'g',
);

/** Each key in such a text with its address, or for our own questions (`Q19`) the file of the package that answers them. */
export function sourceLinks(source: string): readonly { readonly key: string; readonly url: string }[] {
  return [...new Set(source.match(KEY))].map((key) => ({ key, url: SOURCES[key] ?? QUESTIONS }));
}
