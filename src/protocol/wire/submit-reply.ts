/** The answer to a submitted batch (res-submit-ok, res-submit-fail). */
import { element } from './xml-text.ts';

export function submitAccepted(link: string): string {
  return submitReply(true, link, 'Batch submitted for processing');
}

/** `message` is what rule our-message-texts makes of the rejection. The link's element stays, empty. */
export function submitRejected(message: string): string {
  return submitReply(false, '', message);
}

function submitReply(success: boolean, link: string, message: string): string {
  const elements = [element('success', String(success)), element('batchStatus', link), element('message', message)];
  return `<response>${elements.join('')}</response>`;
}
