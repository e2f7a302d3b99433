/** Visits: what an mbox or Delivery call does to profiles, as far as the emulator has it. */
import { BULK, documented, type Rule } from './rule.ts';

export const DELIVERY_AND_MERGE_RULES: readonly Rule[] = [
  {
    id: 'mrg-create-tnt',
    statement: 'A visit without any id gets a new pcId, which is returned.',
    ...documented('IDV; DEL', 'delivery'),
  },
  {
    id: 'mrg-create-3rd',
    statement: 'A thirdPartyId need not exist beforehand: a visit creates its profile or uses the one there is.',
    ...documented('TT-D; IDV', 'delivery'),
  },
  {
    id: 'mrg-map',
    statement: 'A visit with a thirdPartyId or an ECID and no pcId gets one, and the two are linked.',
    ...documented('IDV', 'delivery'),
    note: 'The pcId that the ECID last came with, else the one that the thirdPartyId was last linked with, where there is one: ours.',
  },
  {
    id: 'mrg-all-ids',
    statement: 'Ids that come in one call belong to one visitor from then on.',
    ...documented('IDV', 'delivery'),
    note: 'An ECID with another pcId than before is mapped anew, and what is stored of the earlier pcId stays there: ours.',
  },
  {
    id: 'mrg-3rd-wins',
    statement:
      "When a visitor logs in, the customer's value of an attribute wins over the anonymous one; what only one side has survives.",
    ...documented('3RD', 'delivery'),
  },
  {
    id: 'mrg-saved-to-3rd',
    statement: 'The merged profile replaces that of the thirdPartyId when the session ends.',
    ...documented('3RD (2022-03-09)', 'delivery'),
    contradiction: 'Before 2022: when the visitor logs out.',
    note: 'Here it does so at once: what a fetch shows in between, and whose word counts at the end, is said nowhere.',
  },
  {
    id: 'mrg-immediate-read',
    statement: 'The attributes of the thirdPartyId are there at once after login.',
    ...documented('VP', 'delivery'),
  },
  {
    id: 'mrg-sticky',
    statement: 'Profile and link stay as they are after logout.',
    ...documented('3RD', 'delivery'),
  },
  {
    id: 'mrg-context-priority',
    statement: 'Where a visitor has both ids, the context of the thirdPartyId outranks that of the pcId.',
    ...documented('3RD', 'delivery', 'single-update'),
  },
  {
    id: 'mrg-memory',
    statement:
      "A visitor's profile lives in the memory of an edge and is written to the store after 30 minutes without a call.",
    ...documented('VP; TT-O', 'delivery'),
    emulated: false,
    note: 'The ground on which reading R3 of v2-override-caveat stands.',
  },
  {
    id: 'mrg-both-ways',
    statement: "Attributes sent by a site and by the APIs share one set of names: each can change the other's.",
    ...documented('BULK; SINGLE', ...BULK, 'single-update', 'delivery'),
  },
];
