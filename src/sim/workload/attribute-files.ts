/** Files of customer attributes, good ones and some that break a rule, and the sources that they come from. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { fieldText } from '../../protocol/attribute-file/dialect.ts';
import type { SourceView } from '../port.ts';
import { bigValue, hostileText, knownVisitorId } from './text.ts';

/** Two: the alias that calls name, and another. */
export function attributeSource(): Arbitrary<SourceView> {
  return fc
    .record({
      alias: fc.constantFrom('crm', 'crm0'),
      subscribed: fc.oneof(
        { weight: 3, arbitrary: fc.constant('all' as const) },
        { weight: 1, arbitrary: fc.subarray(['a', 'b']) },
      ),
      active: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
    })
    .map((source) => ({ ...source, name: source.alias === 'crm' ? 'My CRM' : 'crm0' }));
}

export function attributeFile(): Arbitrary<string> {
  const value = fc.oneof(
    { withCrossShrink: true },
    { weight: 8, arbitrary: fc.constantFrom('', '1', '2', 'a,b', 'say "x"', 'two\nlines', 'back\\slash') },
    { weight: 1, arbitrary: hostileText().map((text) => text.replaceAll(/\p{Surrogate}/gu, '')) },
    { weight: 1, arbitrary: bigValue() },
  );
  const id = fc.oneof(
    { weight: 6, arbitrary: knownVisitorId('thirdPartyId') },
    { weight: 1, arbitrary: fc.constant('') },
  );
  const line = fc.tuple(id, value, value).map(([first, ...rest]) => [first, ...rest].map(fieldText).join(','));
  const odd = fc.constantFrom('u1,1', 'u1,1,2,3', 'u1,"1,2', 'u1,x"y,1', 'u1,"a""b",1', '', '"u1" ,1,2', 'u1,\\",\\');
  const row = fc.oneof({ withCrossShrink: true }, { weight: 30, arbitrary: line }, { weight: 1, arbitrary: odd });
  const header = fc.oneof(
    { withCrossShrink: true },
    { weight: 20, arbitrary: fc.constantFrom('id,a,b', 'id,b,a') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('id,a,b c', 'id,a,a', 'id,a.b,a', "id,a',b", 'id', 'id,a,new', '', 'id,,', 'id,"a'),
    },
  );
  return fc
    .tuple(header, fc.array(row, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([first, rows, end, isEnded]) => [first, ...rows].join(end) + (isEnded ? end : ''));
}
