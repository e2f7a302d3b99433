/** Files of customer attributes, good ones and some that break a rule, and the sources that they come from. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { fieldText } from '../../protocol/attribute-file/dialect.ts';
import type { SourceView } from '../port.ts';
import { bigValue, hostileText, ILLEGAL_THIRD_PARTY_IDS, knownVisitorId, weighted } from './text.ts';

/** Two: the alias that calls name, and another. */
export function attributeSource(): Arbitrary<SourceView> {
  return fc
    .record({
      alias: fc.constantFrom('crm', 'crm0'),
      subscribed: weighted<'all' | string[]>([3, fc.constant('all')], [1, fc.subarray(['a', 'b'])]),
      active: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
    })
    .map((source) => ({ ...source, name: source.alias === 'crm' ? 'My CRM' : 'crm0' }));
}

export function attributeFile(): Arbitrary<string> {
  const value = weighted<string>(
    [8, fc.constantFrom('', '1', '2', 'a,b', 'say "x"', 'two\nlines', 'back\\slash')],
    [1, hostileText().map((text) => text.replaceAll(/\p{Surrogate}/gu, ''))],
    [1, bigValue()],
  );
  const id = weighted([6, knownVisitorId('thirdPartyId')], [1, fc.constantFrom('', ...ILLEGAL_THIRD_PARTY_IDS)]);
  const line = fc.tuple(id, value, value).map((fields) => fields.map(fieldText).join(','));
  const odd = fc.constantFrom('u1,1', 'u1,1,2,3', 'u1,"1,2', 'u1,x"y,1', 'u1,"a""b",1', '', '"u1" ,1,2', 'u1,\\",\\');
  const row = weighted<string>([30, line], [1, odd]);
  const oddHeaders = ['id,a,b c', 'id,a,a', 'id,a.b,a', "id,a',b", 'id', 'id,a,new', '', 'id,,', 'id,"a'];
  const header = weighted<string>([20, fc.constantFrom('id,a,b', 'id,b,a')], [1, fc.constantFrom(...oddHeaders)]);
  return fc
    .tuple(header, fc.array(row, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([first, rows, end, isEnded]) => [first, ...rows].join(end) + (isEnded ? end : ''));
}
