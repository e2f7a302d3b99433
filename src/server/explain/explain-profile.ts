/** For every attribute of a profile: which batch and row wrote it, when, into which layer, and by which rule. */
import { citedRules, type CitedRule, MERGING_RULES } from '../../protocol/rules/index.ts';
import type { BatchId, ClientCode, KnownId, RuleId, Settings, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { BatchRecord, CustomerAttribute, Reader, StoredWrite } from '../store/store.ts';

export type ProfileExplanation = ExplainedProfile | ExpiredProfile;

export interface ExplainedProfile {
  readonly kind: 'profile';
  readonly id: KnownId;
  readonly linked: VisitorId | undefined;
  readonly modifiedAt: number;
  /** The last moment at which it still lives, unless something touches it before (life-14d). */
  readonly livesUntil: number;
  /** A call created it: for a fetch there is none before this moment (mrg-memory). */
  readonly waitsUntil?: number | undefined;
  /** Of `PROFILE_BYTES_MAX`: UTF-8 bytes of visible names and values, and of all customer attributes brought (lim-64k-evict). */
  readonly bytes: number;
  /** In the order written, base values beneath pending ones too. */
  readonly attributes: readonly AttributeExplanation[];
  /** What files of customer attributes said, since a call named the customer. */
  readonly customerAttributes: readonly CustomerAttributeExplanation[];
  /** What v2 batches took away, as far as it was noted: the first 100 rows of each pair of batches. */
  readonly overridden: readonly OverriddenAttribute[];
  readonly rules: readonly CitedRule[];
}

/** For a fetch there is none any more. */
export interface ExpiredProfile {
  readonly kind: 'expired';
  readonly activeAt: number;
  readonly rules: readonly CitedRule[];
}

export interface AttributeExplanation extends Omit<StoredWrite, 'batch'> {
  /** Undefined for what came by no batch: a single update or a profile to start with. */
  readonly batchId: BatchId | undefined;
  readonly rule: RuleId | undefined;
  readonly message: string;
}

/** `modifiedAt` says when it arrives, or did. */
export interface CustomerAttributeExplanation extends CustomerAttribute {
  /** False before `modifiedAt`, and where Target is not subscribed to it any more. */
  readonly visible: boolean;
  /** The alias of its source, and the name of its file; undefined once the file is remembered no more. */
  readonly source: string | undefined;
  readonly file: string | undefined;
  readonly row: number | undefined;
}

export interface OverriddenAttribute {
  readonly name: string;
  /** Who had written it; undefined where the batch is not told apart. */
  readonly batchId: BatchId | undefined;
  readonly row: number;
  readonly by: BatchId;
  readonly byRow: number;
}

/** Of one attribute, or all; undefined where the store knows of no such profile. */
export function explainProfile(
  reader: Reader,
  client: ClientCode,
  id: KnownId,
  now: number,
  attribute: string | undefined,
): ProfileExplanation | undefined {
  const found = reader.profileWrites(client, id, now);
  if (found === undefined) return undefined;
  if (found.kind === 'expired') return { ...found, rules: citedRules(['life-14d']) };

  const { linked, modifiedAt, livesUntil, waitsUntil } = found;
  const customerIds = [found.id, linked].flatMap((known) => (known?.kind === 'thirdPartyId' ? known.value : []));
  // Batches by pcId take nothing away.
  const reading = customerIds.length === 0 ? undefined : reader.client(client)?.settings.consecutiveV2;
  const isAsked = ({ name }: { readonly name: string }) => attribute === undefined || name === attribute;
  const writers = new Set(found.attributes.map(({ batch }) => batch).filter((batch) => batch !== undefined));
  const batches = new Map(Array.from(writers, (batch) => [batch, reader.batchOf(batch)]));
  const attributes = found.attributes
    .filter(isAsked)
    .map((write) => explainWrite(write, batches.get(write.batch ?? 0), reading));
  const arrived = new Set(found.customerAttributes?.map(({ name }) => name));
  const customerAttributes = found.customers
    .filter(isAsked)
    .map(({ batch, name, value, modifiedAt: at, row }): CustomerAttributeExplanation => {
      const file = batch === undefined ? undefined : reader.file(batch);
      return { name, value, visible: arrived.has(name), modifiedAt: at, source: file?.alias, file: file?.name, row };
    });
  const overridden = overriddenOf(reader, client, new Set(customerIds)).filter(isAsked);
  const isIn = (asked: StoredWrite['layer']) => attributes.some(({ layer }) => layer === asked);
  const counted = [...found.attributes.filter(({ visible }) => visible), ...found.customers];
  return {
    kind: 'profile',
    id: found.id,
    linked,
    modifiedAt,
    livesUntil,
    waitsUntil,
    bytes: counted.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0),
    attributes,
    customerAttributes,
    overridden,
    rules: citedRules([
      ...attributes.map(({ rule }) => rule),
      overridden.length > 0 || isIn('pending') || (reading === 'replace-record' && attributes.length > 0)
        ? 'v2-override-caveat'
        : undefined,
      isIn('session') || waitsUntil !== undefined ? 'mrg-memory' : undefined,
      customerAttributes.length > 0 ? 'ca-preload' : undefined,
    ]),
  };
}

type Reading = Settings['consecutiveV2'] | undefined;

function explainWrite(write: StoredWrite, batch: BatchRecord | undefined, reading: Reading): AttributeExplanation {
  const { batch: _, ...shown } = write;
  return {
    ...shown,
    batchId: batch?.batchId,
    rule: batch && MERGING_RULES[batch.api],
    message: `${writerText(write, batch)}${layerText(write, batch)}${write.layer === 'session' ? '' : fateText(write, reading)}`,
  };
}

function writerText({ row, layer }: StoredWrite, batch: BatchRecord | undefined): string {
  if (layer === 'session')
    return 'Said by a Delivery or mbox call: the store has it when 30 minutes pass without another.';
  if (batch === undefined) return 'Written outside of batches, by a single update or as a profile to start with.';
  return `Written by row ${row} of the ${batch.api} batch ${batch.batchId}.`;
}

/** v2 writes by thirdPartyId wait as pending: one that is base by now was folded in. */
function layerText({ layer, visible }: StoredWrite, batch: BatchRecord | undefined): string {
  if (layer !== 'base') return layer === 'pending' ? ' Pending until a visit folds it in.' : '';
  const wasFolded = batch?.api === 'v2' && batch.idKind === 'thirdPartyId';
  return `${wasFolded ? ' A visit has folded it in since.' : ''}${visible ? '' : ' A pending value covers it.'}`;
}

/** What the next v2 batch for it does, by the reading in force (v2-override-caveat). */
function fateText({ layer }: StoredWrite, reading: Reading): string {
  if (reading === 'replace-record') return ' A later v2 batch may take it away, whatever visits come first.';
  return layer === 'pending' && reading === 'replace-pending' ? ' A later v2 batch before that may take it away.' : '';
}

/** Batches of the client that are looked through for what they took away, newest first. */
const BATCHES_LOOKED_AT = 1_000;

function overriddenOf(reader: Reader, client: ClientCode, ids: ReadonlySet<string>): OverriddenAttribute[] {
  if (ids.size === 0) return [];
  const { items } = reader.batches({ client, limit: BATCHES_LOOKED_AT });
  return items.flatMap(({ batchId: by, overrides }) =>
    overrides
      .filter((pair) => pair.by === by)
      .flatMap(({ batch, first }) => first.map((each) => ({ ...each, batchId: batch })))
      .filter(({ id }) => ids.has(id))
      .flatMap(({ row: byRow, attributes, batchId }) =>
        attributes.map(({ name, row }) => ({ name, batchId, row, by, byRow })),
      ),
  );
}
