/** What the API puts on the wire, written and read. */
export * from './parse-json.ts';
export * from './profile-json.ts';
export * from './delivery-reply.ts';
export * from './mbox-parameters.ts';
export * from './read-status-reply.ts';
export * from './read-submit-reply.ts';
export * from './status-reply.ts';
export * from './submission-replies.ts';
export * from './token-reply.ts';
