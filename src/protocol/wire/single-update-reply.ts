/** The answer to a single profile update (res-single-ok). */
import { element } from './xml-text.ts';

/** Says "submitted" and no more: whether the profile exists is not looked at (our-single-miss). */
export function singleUpdateReply(): string {
  return `<response>${element('success', 'true')}${element('pcId', '')}${element('message', 'Request successfully submitted')}</response>`;
}

/** `message` is what rule our-message-texts makes of the rejection. */
export function singleUpdateRejected(message: string): string {
  return `<response>${element('success', 'false')}${element('pcId', '')}${element('message', message)}</response>`;
}
