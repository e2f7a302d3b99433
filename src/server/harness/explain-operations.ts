/** Why: who wrote a profile's attributes, what a row of a batch did, and the rules behind it. */
import { z } from 'zod';
import { decides, ruleSubjects } from '../../protocol/rules/index.ts';
import { PROFILE_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import { type ExplainedProfile, explainProfile, type ProfileExplanation } from '../explain/explain-profile.ts';
import { explainRow, type RowAnswer, type RowExplanation } from '../explain/explain-row.ts';
import { wholeNumber } from './judged-fields.ts';
import { operation } from './operation.ts';
import { refusal } from './refusals.ts';
import * as replies from './replies.ts';
import { defined, isoTime, orNull } from './as-json.ts';
import { foundOrRefused, type GivenKnownId, idsJson, noProfile, ofVisitor, visitorAsked } from './visitor-ids.ts';

export const explainOperations = {
  /**
   * Which batch, row and rule wrote each attribute of a profile, or the one named; undefined where the store knows of no
   * such profile, and `kind: 'expired'` where its lifetime is over. Throws a `ZodError` as `profile` does.
   *
   * @example
   * const found = emulator.explain('demo', { kind: 'thirdPartyId', value: 'C-1' }, 'tier');
   * if (found?.kind === 'profile') console.log(found.attributes[0]?.message);
   */
  explain: operation({
    route: 'GET /clients/{client}/profiles/{kind}/{id}/explain',
    sentence: 'Which batch, row and rule wrote each attribute, and what v2 batches took away.',
    takes: () => ({
      ...ofVisitor.takes(),
      query: { attribute: z.string().min(1).optional().describe('Only this attribute.') },
    }),
    reads: 'profiles',
    replies: { 200: replies.profileExplanation },
    asked: (client: string, id: GivenKnownId, attribute?: string) => ({
      path: visitorAsked(client, id),
      query: { attribute },
    }),
    does: (services, asked): ProfileExplanation | undefined => {
      const { client, kind, id: value, attribute } = asked;
      const found = explainProfile(services.reader, client, { kind, value }, services.clocks.now(client), attribute);
      return foundOrRefused(found, services, asked);
    },
    absent: noProfile,
    tells: (found, _, { kind, id: value }) => {
      if (found.kind === 'profile') return profileJson({ ...found, id: { kind, value } });
      const message = `this profile was last active at ${isoTime(found.activeAt)}, and its lifetime is over (life-14d).`;
      return refusal(404, 'expired-profile', message);
    },
  }),
  /**
   * What a row of a batch did and why, and what is left of what it wrote; rows count from 1. `'unknown-batch'` or
   * `'unknown-row'` where there is none. Throws a `ZodError` where `row` is no row number.
   *
   * @example
   * const found = emulator.explainRow(batchId, 3);
   * if (typeof found !== 'string') console.log(found.message, found.rule);
   */
  explainRow: operation({
    route: 'GET /batches/{batchId}/rows/{row}',
    sentence: 'One row: its cells as read, what became of it and why, and what is left of what it wrote.',
    takes: () => ({
      path: { batchId: z.string(), row: wholeNumber(1, 999_999_999, 'Must be a row number, from 1') },
    }),
    replies: { 200: replies.rowExplanation },
    asked: (batchId: string, row: number) => ({ path: { batchId, row } }),
    does: ({ reader, clocks }, { batchId, row }): RowAnswer => explainRow(reader, batchId, row, clocks.now),
    tells: (found) => {
      if (found === 'unknown-batch') return refusal(404, found, 'there is no batch with this id.');
      if (found === 'unknown-row') return refusal(404, found, 'the batch has no row of this number.');
      return rowJson(found);
    },
  }),
  /**
   * Every rule of the API as this emulator follows it, by subject; the ids are those of `x-emulator-cause` and row outcomes.
   *
   * @example
   * emulator.rules().find(({ id }) => id === 'v2-override-caveat')?.statement;
   */
  rules: operation({
    route: 'GET /rules',
    sentence:
      'The rulebook: every rule with its sentence, source, confidence and the setting that selects its reading.',
    replies: { 200: replies.rules },
    does: () =>
      ruleSubjects().flatMap(({ title, rules }) =>
        rules.map((rule) => {
          const { id, statement, source, confidence, versions, contradiction, note, setting, emulated } = rule;
          const told = { id, subject: title, statement, source, confidence, versions, decides: decides(rule) };
          return { ...told, ...defined({ contradiction, note, emulated, setting }) };
        }),
      ),
    tells: (rules) => ({ rules }),
  }),
};

function profileJson({ id, linked, modifiedAt, livesUntil, waitsUntil, bytes, ...rest }: ExplainedProfile) {
  const told = <Written extends { readonly modifiedAt: number }>(written: Written) => ({
    ...orNull(written),
    modifiedAt: isoTime(written.modifiedAt),
  });
  return {
    ...idsJson(id, linked),
    modifiedAt: isoTime(modifiedAt),
    livesUntil: isoTime(livesUntil),
    ...(waitsUntil !== undefined && { waitsUntil: isoTime(waitsUntil) }),
    bytes,
    bytesMax: PROFILE_BYTES_MAX,
    attributes: rest.attributes.map(told),
    customerAttributes: rest.customerAttributes.map(told),
    overridden: rest.overridden.map(orNull),
    rules: rest.rules,
  };
}

function rowJson({ column, cells, attributes, ...rest }: RowExplanation) {
  const written = attributes?.map(({ by, ...each }) => ({ ...each, ...defined({ by: by && orNull(by) }) }));
  return { ...orNull({ ...rest, attributes: written, cells: cells?.map(orNull) }), ...defined({ column }) };
}
