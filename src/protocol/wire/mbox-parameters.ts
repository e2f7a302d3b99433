/** The parameters of an mbox call of at.js 1.x, in the words of the Delivery API (mrg-param-names). */
import { AUTHENTICATED_STATES, type CallIds, type CustomerId } from '../rules/delivery.ts';

/** Of query and form body together, decoded; of one name the last value counts. */
export function mboxCall(given: Iterable<readonly [string, string]>) {
  const all = new Map<string, string>();
  for (const [name, value] of given) {
    all.delete(name);
    all.set(name, value);
  }
  // What is empty is not there.
  const named = (name: string) => all.get(name) || undefined;
  const parameters = [...all].flatMap(([name, value]): [string, string][] =>
    name.startsWith(PROFILE) ? [[name.slice(PROFILE.length), value]] : [],
  );
  const ids: CallIds = {
    tntId: named('mboxPC'),
    thirdPartyId: named('mbox3rdPartyId'),
    marketingCloudVisitorId: named('mboxMCGVID'),
    customerIds: customerIds(all),
  };
  return { sessionId: named('mboxSession'), ids, parameters };
}

const PROFILE = 'profile.';

/** dlv-auth-ints: `vst.{alias}.id` with `vst.{alias}.authState`, in the order of the ids. */
function customerIds(all: ReadonlyMap<string, string>): readonly CustomerId[] {
  return [...all].flatMap(([name, id]): CustomerId[] => {
    const integrationCode = /^vst\.(.+)\.id$/.exec(name)?.[1];
    if (integrationCode === undefined || id === '') return [];
    const state = Number(all.get(`vst.${integrationCode}.authState`) ?? 0);
    return [{ id, integrationCode, authenticatedState: AUTHENTICATED_STATES[state] ?? 'unknown' }];
  });
}
