/** One-line breakages of rules, grammar, store and jobs: each is a mistake that somebody could make. */

export interface Mutant {
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What the mistake is. */
  readonly why: string;
}

export const MUTANTS: readonly Mutant[] = [
  // Rules.
  {
    file: 'src/protocol/rules/empty-values.ts',
    find: "(reading === 'words' && WORDS",
    replace: "(reading !== 'missing' && WORDS",
    why: 'our-empty-words: words for nothing are empty where quotes alone should be',
  },
  {
    file: 'src/protocol/rules/empty-values.ts',
    find: "reading === 'as-updated' ? ignored : 0",
    replace: 'ignored',
    why: 'our-empty-only-counters: ignored rows always count',
  },
  {
    file: 'src/protocol/rules/limits.ts',
    find: "reading === 'client' ? client",
    replace: "reading === 'sender' ? client",
    why: 'lim-calls-per-user: the keys are swapped',
  },
  {
    file: 'src/protocol/rules/single-update.ts',
    find: "pace === 'immediate' || pace === 'polls'",
    replace: "pace !== 'realistic'",
    why: 'sgl-latency: applied at once at a manual pace',
  },
  {
    file: 'src/protocol/rules/encoding.ts',
    find: '=> laterCloses && ourQuotedCell',
    replace: '=> ourQuotedCell',
    why: 'our-cut-cells: noted although nothing closes it',
  },
  {
    file: 'src/protocol/rules/fetch.ts',
    find: "reading === 'shown' ?",
    replace: "reading === 'hidden' ?",
    why: 'fch-only-custom: system attributes are shown where they should be hidden',
  },
  {
    file: 'src/protocol/rules/delivery.ts',
    find: 'now + SESSION_MS',
    replace: 'now + SESSION_MS - 1',
    why: 'mrg-memory: a session is a millisecond too short',
  },
  {
    file: 'src/server/store/session-writes.ts',
    find: 'session.endsAt <= now',
    replace: 'session.endsAt < now',
    why: 'mrg-memory: a session is not over at its end',
  },
  {
    file: 'src/server/store/session-writes.ts',
    find: 'pairsWithout(second, namesOf(first)) + first',
    replace: 'pairsWithout(first, namesOf(second)) + second',
    why: 'mrg-memory: what is said later is not what counts',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'const isUnborn = !isBorn && endsAt > now;',
    replace: 'const isUnborn = false;',
    why: 'mrg-memory: whom a call creates is seen at once',
  },
  {
    file: 'src/server/store/profile-writer.ts',
    find: '&& seen.isUnborn !== true',
    replace: '',
    why: 'mrg-memory: who is created anew loses the customer attributes of the session',
  },
  {
    file: 'src/protocol/rules/single-update.ts',
    find: 'hourOf(now) - 24',
    replace: 'hourOf(now) - 25',
    why: 'lim-single-rate: an hour too many is counted',
  },
  {
    file: 'src/protocol/rules/single-update.ts',
    find: 'return made < most',
    replace: 'return made <= most',
    why: 'lim-single-rate: one too many is taken',
  },
  {
    file: 'src/server/http/limiters.ts',
    find: '(kept.get(hour) ?? 0) + 1',
    replace: '1',
    why: 'lim-single-rate: of an hour only one is counted',
  },
  {
    file: 'src/protocol/rules/v1.ts',
    find: "(profileExists ? 'updated' : 'not-found')",
    replace: "(profileExists ? 'updated' : 'created')",
    why: 'v1-update-only: v1 creates too',
  },
  {
    file: 'src/protocol/rules/v2.ts',
    find: "if (api === 'v1' || idKind === 'pcId') return MERGE_INTO_BASE;",
    replace: "if (api === 'v1') return MERGE_INTO_BASE;",
    why: 'v2-override-caveat: applied to pcIds as well',
  },
  {
    file: 'src/protocol/rules/v2.ts',
    find: "drops: own ? 'nothing' : DROPS[reading]",
    replace: 'drops: DROPS[reading]',
    why: 'v2-override-caveat: every row of a batch replaces, not only the first',
  },
  {
    file: 'src/protocol/rules/v2.ts',
    find: "reading === 'replace-record' ? ownAttributes : ownPending",
    replace: 'ownPending',
    why: 'v2-override-caveat: under R2 a batch forgets, after a visit, what it wrote itself',
  },
  {
    file: 'src/protocol/rules/v2.ts',
    find: "'replace-pending': 'pending',",
    replace: "'replace-pending': 'everything',",
    why: 'v2-override-caveat: R3 drops the base as well',
  },
  {
    file: 'src/protocol/rules/v2.ts',
    find: '!ownAttributes && leavesAttributes;',
    replace: '!ownPending && leavesAttributes;',
    why: 'v2-override-caveat: noted where the readings agree',
  },
  {
    file: 'src/protocol/rules/limits.ts',
    find: 'if (total <= PROFILE_BYTES_MAX) break;',
    replace: 'if (total < PROFILE_BYTES_MAX) break;',
    why: 'lim-64k-evict: one attribute too many goes when the profile fits exactly',
  },
  {
    file: 'src/protocol/rules/limits.ts',
    find: 'entries[a]!.modifiedAt - entries[b]!.modifiedAt || a - b',
    replace: 'entries[b]!.modifiedAt - entries[a]!.modifiedAt || a - b',
    why: 'our-eviction-order: the newest goes first',
  },
  {
    file: 'src/protocol/rules/limits.ts',
    find: 'entries[a]!.modifiedAt - entries[b]!.modifiedAt || a - b',
    replace: 'entries[a]!.modifiedAt - entries[b]!.modifiedAt || b - a',
    why: 'our-eviction-order: of equally old ones the later goes first',
  },
  {
    file: 'src/protocol/rules/keys.ts',
    find: "id.includes('+') || id.includes('/')",
    replace: "id.includes('/')",
    why: 'key-3rd-chars: a plus sign passes',
  },
  {
    file: 'src/protocol/rules/keys.ts',
    find: 'for (const _ of text) {',
    replace: 'for (let unit = 0; unit < text.length; unit += 1) {',
    why: 'key-3rd-len: counted in UTF-16 units instead of code points',
  },
  {
    file: 'src/protocol/rules/keys.ts',
    find: "kind === 'pcId' && reading === 'same-profile'",
    replace: "reading === 'same-profile'",
    why: 'our-location-hint: taken off thirdPartyIds too',
  },
  {
    file: 'src/protocol/rules/keys.ts',
    find: '(?:_\\d+)?$/',
    replace: '_\\d+$/',
    why: 'our-location-hint: a hint of one number is not known',
  },
  {
    file: 'src/protocol/rules/lifetime.ts',
    find: 'now > livesUntil(lastActivityAt, settings)',
    replace: 'now >= livesUntil(lastActivityAt, settings)',
    why: 'life-14d: gone one moment early',
  },
  {
    file: 'src/protocol/rules/lifetime.ts',
    find: "(activity === 'write' && reading === 'any-write')",
    replace: "activity === 'write'",
    why: 'our-lifetime-touch: a write restarts the lifetime under every setting',
  },
  {
    file: 'src/protocol/rules/encoding.ts',
    find: 'return high < 0 || low < 0 ? -1 : high * 16 + low;',
    replace: 'return high * 16 + low;',
    why: 'our-undecodable: an escape with one bad digit decodes to something',
  },
  {
    file: 'src/protocol/rules/encoding.ts',
    find: 'const DIFFERS_AS_FORM = /[+&]|%(?:2[Cc]|0[AaDd])/;',
    replace: 'const DIFFERS_AS_FORM = /[+&]|%(?:2C|0[AD])/;',
    why: 'enc-two-readings: escapes in lower case are not noticed',
  },
  {
    file: 'src/protocol/rules/empty-values.ts',
    find: "decide: (cell) => cell === '',",
    replace: "decide: (cell) => cell === '' || cell === 'null',",
    why: 'empty-null-word: the four letters are taken for nothing',
  },
  {
    file: 'src/protocol/rules/header-row.ts',
    find: "firstName === 'pcId' || firstName === 'thirdPartyId'",
    replace: "firstName === 'pcId' || firstName.toLowerCase() === 'thirdpartyid'",
    why: 'hdr-key-first: any case passes',
  },
  {
    file: 'src/protocol/rules/request-format.ts',
    find: "return line === 'blank' ? 'blank-then-cr' : 'row-then-cr';",
    replace: "return line === 'blank' ? 'blank-then-cr' : 'row';",
    why: 'our-line-ends: the carriage return of CRLF stays',
  },
  {
    file: 'src/protocol/rules/request-format.ts',
    find: "['+', '%20']",
    replace: "['+', '+']",
    why: 'our-body-reading: a form keeps its plus signs',
  },
  // Grammar.
  {
    file: 'src/protocol/batch-file/data-row.ts',
    find: 'if (hasDuplicates) count = dropEarlier(target, count);',
    replace: '',
    why: 'our-column-names: both cells of a repeated name are written',
  },
  {
    file: 'src/protocol/batch-file/data-row.ts',
    find: "if (value === undefined) return failed('our-undecodable', column + 1);",
    replace: 'if (value === undefined) continue;',
    why: 'our-undecodable: the cell is passed over and the row goes on',
  },
  {
    file: 'src/protocol/batch-file/data-row.ts',
    find: "if (surplus === 'fail') return failed('our-surplus-cells', column + 1);",
    replace: "if (surplus === 'fail') return failed('our-surplus-cells', columns);",
    why: 'our-surplus-cells: reported one column early',
  },
  {
    file: 'src/protocol/batch-file/header-row.ts',
    find: "if (oddity === 'blank') continue;",
    replace: '',
    why: 'our-column-names: cells under a blank name are written',
  },
  {
    file: 'src/protocol/batch-file/write-batch-file.ts',
    find: 'const PLAIN = /^[A-Za-z0-9_.~-]*$/;',
    replace: 'const PLAIN = /^[A-Za-z0-9_.~%-]*$/;',
    why: 'enc-utf8-percent: the client leaves percent signs as they are',
  },
  {
    file: 'src/protocol/batch-file/form-body.ts',
    find: 'isOver = true;',
    replace: '',
    why: 'our-body-reading: a form goes on after the ampersand',
  },
  {
    file: 'src/protocol/rules/request-format.ts',
    find: "if (byte === CR) return line === 'blank' ? 'blank-then-cr' : 'row-then-cr';",
    replace: "if (byte === CR) return 'row-then-cr';",
    why: 'our-line-ends: an empty CRLF line counts as a row',
  },
  {
    file: 'src/protocol/batch-file/form-body.ts',
    find: 'if (held.length === 1 && ESCAPE_STARTS.has(byte)) {',
    replace: 'if (ESCAPE_STARTS.has(byte)) {',
    why: 'our-body-reading: digits after half an escape are swallowed',
  },
  // Store.
  {
    file: 'src/server/store/attribute-record.ts',
    find: "kept += plan.layer === 'base' || isPending ? segmentWithout(scan, at, written) : scan.segment(at);",
    replace: 'kept += segmentWithout(scan, at, written);',
    why: 'v2-override-caveat: a pending value deletes the base value beneath it',
  },
  {
    file: 'src/server/store/attribute-record.ts',
    find: 'folded += scan.isPending(at) ? `=${scan.segment(at).slice(1)}` : segmentWithout(scan, at, marks);',
    replace: 'folded += scan.isPending(at) ? `=${scan.segment(at).slice(1)}` : scan.segment(at);',
    why: 'a visit folds pending values in beside the old ones',
  },
  {
    file: 'src/server/store/attribute-record.ts',
    find: 'const ESCAPED = /[%,\\n]/;',
    replace: 'const ESCAPED = /[,\\n]/;',
    why: 'a stored percent sign becomes an escape',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'const moved = withoutNamesOf(own.record, winner);',
    replace: 'const moved = own.record;',
    why: 'mrg-3rd-wins: the anonymous value wins',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'const pcId = visit.pcId ?? third.linked ?? visit.newPcId;',
    replace: 'const pcId = visit.pcId ?? visit.newPcId;',
    why: 'mrg-map: a known visitor gets a new pcId on every visit',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'if (alias.linked === third.identity) return;',
    replace: 'if (alias.linked !== null) return;',
    why: 'key-one-customer-id: a pcId is never linked anew',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'if (stored.linked !== pcId) profiles.writeLink(stored, pcId);',
    replace: 'if (stored.linked === null) profiles.writeLink(stored, pcId);',
    why: 'mrg-map: the first pcId is remembered instead of the last',
  },
  {
    file: 'src/server/store/profile-writer.ts',
    find: "if (!alive && scan.segmentCount > 0 && seen.isUnborn !== true) scan.read('');",
    replace: '',
    why: 'life-14d: a profile created after its end inherits what was there',
  },
  {
    file: 'src/server/store/override-table.ts',
    find: 'if (!written.has(name)) names.push(name);',
    replace: 'names.push(name);',
    why: 'v2-override-caveat: the alarm names what is written anew as lost',
  },
  {
    file: 'src/server/store/override-table.ts',
    find: "(drops === 'pending' && !scan.isPending(at))",
    replace: 'false',
    why: 'v2-override-caveat: the alarm names base values that stay',
  },
  {
    file: 'src/server/store/apply-slice.ts',
    find: "by[outcome === 'not-found' ? 'not_found' : outcome] += 1;",
    replace: "by[outcome === 'not-found' ? 'failed' : outcome] += 1;",
    why: 'v1-notfound-count: counted as failed',
  },
  {
    file: 'src/server/store/apply-slice.ts',
    find: "reading.kind === 'failed'\n            ?",
    replace: "reading.kind === 'failed' && reading.rule !== 'our-not-utf8'\n            ?",
    why: 'our-not-utf8: the row is ignored instead of failed',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'if (slot.linked !== identity) profiles.writeLink(slot, identity);',
    replace: 'if (slot.linked === null) profiles.writeLink(slot, identity);',
    why: 'mrg-all-ids: an ECID stays with the pcId it came with first',
  },
  {
    file: 'src/server/store/visit-profile.ts',
    find: 'const pcId = visit.pcId ?? (ecid && profiles.find(ecid).linked) ?? undefined;',
    replace: 'const pcId = visit.pcId;',
    why: 'mrg-map: an ECID leads to no pcId',
  },
  {
    file: 'src/server/store/forget-visitor.ts',
    find: "if (own.kind === 'marketingCloudVisitorId') return false;",
    replace: '',
    why: 'ca-privacy: an unknown ECID is taken for a pcId',
  },
  {
    file: 'src/server/store/forget-visitor.ts',
    find: "own.kind === 'thirdPartyId' ? aliasesOf(generation, 'pcId', own.identity) : [own]",
    replace: '[own]',
    why: 'ca-privacy: the pcIds of a customer stay behind',
  },
  {
    file: 'src/protocol/rules/delivery.ts',
    find: "decide: (via, ecid) => via === 'mbox' || ecid !== undefined,",
    replace: 'decide: () => true,',
    why: 'dlv-cust-needs-ecid: customer ids count without an ECID',
  },
  {
    file: 'src/protocol/rules/delivery.ts',
    find: "customerIds.find(({ authenticatedState }) => authenticatedState === 'authenticated')?.id",
    replace: 'customerIds[0]?.id',
    why: 'mrg-customer-ids: whoever has logged out counts',
  },
  {
    file: 'src/protocol/rules/delivery.ts',
    find: 'count > PROFILE_PARAMETERS_MAX',
    replace: 'count > PROFILE_PARAMETERS_MAX + 1',
    why: 'lim-mbox-params: 51 are taken',
  },
  {
    file: 'src/protocol/rules/limits.ts',
    find: "reading === '50-mb' ? BATCH_FILE_BYTES_WARN : BATCH_FILE_BYTES_LIMIT;",
    replace: 'BATCH_FILE_BYTES_LIMIT;',
    why: 'our-size-boundary: 50 MB are 50 MiB, whatever the setting',
  },
];
