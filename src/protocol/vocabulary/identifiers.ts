/** The names that travel through the whole house: client codes, visitor ids, batch ids. */

/** An account, checked against rule our-client-code by whoever made the value. */
export type ClientCode = string & { readonly __brand: 'ClientCode' };

/** `{client}-{epoch ms}-{number}`, opaque to everybody but its maker. */
export type BatchId = string & { readonly __brand: 'BatchId' };

/** v1 updates existing profiles only; v2 also creates the missing ones. */
export type Api = 'v1' | 'v2';

/** Which of the two ids a batch file's first column, or a request, speaks of. */
export type VisitorIdKind = 'pcId' | 'thirdPartyId';

/** A visitor's id as its sender wrote it, percent-decoded. */
export interface VisitorId {
  readonly kind: VisitorIdKind;
  readonly value: string;
}

/** Every id that leads to a profile: an ECID does so by way of the pcId that it came with (mrg-map). */
export type KnownIdKind = VisitorIdKind | 'marketingCloudVisitorId';

export interface KnownId {
  readonly kind: KnownIdKind;
  readonly value: string;
}
