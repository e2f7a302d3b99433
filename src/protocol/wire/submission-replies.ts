/** The answers to a submitted batch (res-submit-ok, res-submit-fail) and to a single profile update (res-single-ok). */
import { response } from './xml-text.ts';

export const submitAccepted = (link: string): string =>
  response({ success: 'true', batchStatus: link, message: 'Batch submitted for processing' });

/** `message` is what rule our-message-texts makes of the rejection. The link's element stays, empty. */
export const submitRejected = (message: string): string => response({ success: 'false', batchStatus: '', message });

/** Says "submitted" and no more: whether the profile exists is not looked at (our-single-miss). */
export const singleUpdateReply = (): string =>
  response({ success: 'true', pcId: '', message: 'Request successfully submitted' });

export const singleUpdateRejected = (message: string): string => response({ success: 'false', pcId: '', message });
