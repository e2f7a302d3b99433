/**
 * The readings: one setting for each place where the documents are silent or contradict each other. The rules that ask
 * name it (`setting`); its default is that of section 3 of the catalogue.
 */
import { PROFILE_LIFETIME_DAYS, PROFILE_LIFETIME_DAYS_MAX, SINGLE_UPDATES_PER_DAY } from './limits.ts';

/** The default first. */
const oneOf = <const Value extends string | number>(values: readonly [Value, ...Value[]], sentence: string) => ({
  values,
  fallback: values[0],
  sentence,
});
/** From 1. */
const upTo = (max: number, fallback: number, sentence: string) => ({ max, fallback, sentence });

/** Said once: types, defaults, what judges them, flags and help derive from it. */
export const SETTINGS = {
  body: oneOf(['raw', 'form'], 'How a batch body is read: raw text, or a form parameter decoded before it is split.'),
  rejectionStatus: oneOf([200, 400], 'HTTP status of a batch that is refused in-band (success=false).'),
  unknownClients: oneOf(['create', 'refuse'], 'What happens to a client code that nobody has used yet.'),
  clientMismatch: oneOf(
    ['refuse', 'path-wins', 'host-wins'],
    "What happens when X.tt.omtrdc.net is asked for another client's path.",
  ),
  byteOrderMark: oneOf(['tolerate', 'refuse'], 'What happens to a byte order mark before batch=.'),
  surplusCells: oneOf(['ignore', 'fail'], "What happens to cells beyond the header row's columns."),
  locationHint: oneOf(['same-profile', 'part-of-id'], 'Whether the pcIds X and X.28_20 are one profile.'),
  statusShape: oneOf(['current', '2020', '2017', 'tt'], 'The shape of status replies, by the date of the document.'),
  consecutiveV2: oneOf(
    ['replace-pending', 'last-write-wins', 'replace-record'],
    'What a second v2 batch does to the attributes of the first, without an mbox call in between.',
  ),
  illegalIds: oneOf(['fail', 'accept'], "What happens to a row whose thirdPartyId is too long or holds '+' or '/'."),
  rateLimit: oneOf(
    ['off', 'submissions', 'submissions-and-status'],
    'What the limit of 50 calls a minute and client counts.',
  ),
  authentication: oneOf(
    ['off', 'optional', 'required'],
    'Whether submissions, statuses, updates and fetches need a token; optional judges one where it is sent.',
  ),
  sizeLimit: oneOf(
    ['50-mib', '50-mb'],
    'What a batch file must be smaller than: 50 MiB (52,428,800 bytes) or 50 MB (50,000,000).',
  ),
  linkHost: oneOf(['own', 'edge'], "Whose name the status link carries: this emulator's, or an edge's."),
  customerIds: oneOf(
    ['third-party-id', 'ignore'],
    'Whether the first authenticated customer id of a Delivery call stands as its thirdPartyId.',
  ),
  edgeHost: oneOf(
    ['own', 'edge'],
    'What Delivery replies name as edgeHost: no edge, so that SDKs stay here, or one, with hints in new tntIds.',
  ),
  empties: oneOf(
    ['missing', 'quotes', 'words'],
    'What is an empty cell: a missing one; "" too; or also null, NULL, undefined and encoded blanks.',
  ),
  ignoredRows: oneOf(
    ['uncounted', 'as-updated'],
    'Whether rows without any value are in no counter of a status reply, or in successfulUpdates.',
  ),
  contentTypes: oneOf(
    ['any', 'form'],
    'What a batch may be sent as: any content type, or application/x-www-form-urlencoded alone.',
  ),
  rateKey: oneOf(['client', 'sender'], 'Whose calls count together: those of a client code or of a sender.'),
  systemAttributes: oneOf(
    ['hidden', 'shown'],
    'Whether a visitor that a call creates has the system attribute firstSessionStart, which a fetch shows.',
  ),
  sessionWrites: oneOf(
    ['at-once', 'after-30-minutes'],
    'When the store has what a Delivery or mbox call writes: at once, or 30 minutes after the last call.',
  ),
  lifetimeRestartsOn: oneOf(['any-write', 'visits'], "What restarts a profile's lifetime."),
  attributeRows: oneOf(
    ['fail-file', 'skip-row'],
    'What a row of customer attributes gets that breaks a rule: its file fails, or the row is left out.',
  ),
  attributeFiles: oneOf(
    ['at-once', 'half-hourly'],
    'When a file of customer attributes is taken: at once, or a minute later and one in half an hour.',
  ),
  attributesArrive: oneOf(
    ['at-once', 'after-20-minutes'],
    'When customer attributes reach a visitor who comes for the first time.',
  ),
  attributesInFetch: oneOf(['hidden', 'shown'], 'Whether a fetch shows customer attributes, as crs.*.'),
  attributeTokens: oneOf(['off', 'on'], 'Whether Delivery replies carry customer attributes as response tokens.'),
  singleUpdatesPerDay: upTo(
    SINGLE_UPDATES_PER_DAY,
    SINGLE_UPDATES_PER_DAY,
    'Single updates that a client code may make in 24 hours; beyond it 503.',
  ),
  profileLifetimeDays: upTo(
    PROFILE_LIFETIME_DAYS_MAX,
    PROFILE_LIFETIME_DAYS,
    'Days without activity after which a profile is gone.',
  ),
};

export type Settings = {
  readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name]['fallback'];
};

export const DEFAULT_SETTINGS = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback]),
) as Settings;

/**
 * `--mode strict`: what section 3 of the catalogue names for it (Q3, Q5, Q6, Q16). Other tolerances stay, each with its setting where it
 * has one, such as `surplusCells`, `contentTypes` and a `rateLimit` that counts statuses too.
 */
export const STRICT_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  unknownClients: 'refuse',
  byteOrderMark: 'refuse',
  sizeLimit: '50-mb',
  rateLimit: 'submissions',
};
