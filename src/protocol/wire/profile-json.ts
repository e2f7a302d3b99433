/** The answers of the profile fetch (res-fetch-json, err-fetch-404-3rd, err-fetch-404-pc). */
import { ourFetchIdentity, ourFetchTimes, PROFILE_NOT_FOUND_STATUS, profileNotFoundMessage } from '../rules/fetch.ts';
import type { KnownId } from '../vocabulary/index.ts';

export interface ProfileView {
  readonly client: string;
  /** As requested, not as stored. */
  readonly requested: KnownId;
  readonly modifiedAt: number;
  /** Each name once. */
  readonly attributes: Iterable<{ readonly name: string; readonly value: string; readonly modifiedAt: number }>;
}

/** Written by hand: in an object `__proto__` would be no attribute, and names like `7` would move to the front. */
export function profileJson({ client, requested, modifiedAt, attributes }: ProfileView): string {
  const members: string[] = [];
  for (const { name, value, modifiedAt: changedAt } of attributes) {
    members.push(`${JSON.stringify(name)}:{"value":${JSON.stringify(value)},"modifiedAt":${timeText(changedAt)}}`);
  }
  const visitorId = JSON.stringify(ourFetchIdentity.decide(requested));
  return `{"client":${JSON.stringify(client)},"visitorId":${visitorId},"modifiedAt":${timeText(modifiedAt)},"profileAttributes":{${members.join(',')}}}`;
}

/** What one batch wrote has one time, in every profile: it is spelled once. */
const timeText = (() => {
  let last = NaN;
  let text = '';
  return (timeMs: number): string => {
    if (timeMs !== last) text = JSON.stringify(ourFetchTimes.decide(timeMs));
    last = timeMs;
    return text;
  };
})();

export function profileNotFoundJson(client: string, id: KnownId): string {
  return fetchErrorJson(PROFILE_NOT_FOUND_STATUS, profileNotFoundMessage(client, id));
}

/** The documented spelling, blanks before the colons included. */
export function fetchErrorJson(status: number, message: string): string {
  return `{"status" : ${status}, "message" : ${JSON.stringify(message)}}`;
}
