/** Files as they arrive from careless hands: any bytes at all, and almost valid ones with bytes put in where none belong. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { attributeValue, brokenBatchFile, validBatchFile } from '../../src/sim/index.ts';

/** Prints as one character for each byte. */
export interface AnyFile {
  readonly bytes: Uint8Array;
  /** Where its chunks end, in any order. */
  readonly cuts: readonly number[];
}

export function anyFile(): Arbitrary<AnyFile> {
  return fc
    .record({
      bytes: fc.oneof({ weight: 4, arbitrary: spliced() }, { weight: 2, arbitrary: pieces() }, bytes()),
      cuts: fc.array(fc.nat({ max: 400 }), { maxLength: 8 }),
    })
    .map((file) => Object.defineProperty(file, fc.toStringMethod, { value: () => printed(file) }));
}

/** Two bytes of one character, so that a cut or a splice may come between them; one byte that is never UTF-8. */
const ODD = [
  '\xff',
  '\xc3',
  '\xa9',
  '\xc3\xa9',
  '\xed\xa0\x80',
  '\xef\xbb\xbf',
  '\xef',
  '\0',
  '%0A',
  '%0d',
  '%0D%0a',
  '%2C',
  '%2c',
  '%2',
  '%0',
  '%',
  '%%',
  '%ff',
  '%C3%A9',
  '%26',
  '%2B',
  '&',
  '&batch=pcId',
  '+',
  '\r',
  '\r\r\n',
  '\n',
  '\n \r\n',
  '\n\n',
  ' ',
  '   ',
  ',',
  ',,',
  '/',
  'null',
];
const PLAIN = ['batch=', 'pcId', 'thirdPartyId', 'pcId,a,b', 'a', 'b', '1', 'profile.x', '\n', ',', '1,x', '\n2,y,z'];

function spliced(): Arbitrary<Uint8Array> {
  const file = fc.oneof(
    validBatchFile({ values: fc.oneof(attributeValue(), fc.constantFrom('a&b', 'c+d', 'e,f', 'g\nh')) }),
    brokenBatchFile().map((broken) => broken.file),
  );
  const splice = fc.record({ at: fc.nat(), odd: fc.constantFrom(...ODD), removed: fc.nat({ max: 2 }) });
  return fc.tuple(file, fc.array(splice, { minLength: 1, maxLength: 4 })).map(([{ bytes: whole }, splices]) => {
    let text = latin(whole);
    for (const { at, odd, removed } of splices) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + odd + text.slice(place + removed);
    }
    return bytesOf(text);
  });
}

function pieces(): Arbitrary<Uint8Array> {
  const start = fc.constantFrom('', 'batch=', '\xef\xbb\xbfbatch=', 'batch=pcId,a\n', 'batch=thirdPartyId,a,b\r\n');
  return fc
    .tuple(start, fc.array(fc.constantFrom(...ODD, ...PLAIN), { maxLength: 20 }))
    .map(([first, rest]) => bytesOf(first + rest.join('')));
}

function bytes(): Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom('', 'batch=', 'batch=pcId,a\n1,'), fc.uint8Array({ maxLength: 60 }))
    .map(([start, rest]) => bytesOf(start + latin(rest)));
}

function printed({ bytes: all, cuts }: AnyFile): string {
  return `${JSON.stringify(latin(all))} cut at ${cuts.join(', ')}`;
}

function latin(all: Uint8Array): string {
  return Buffer.from(all).toString('latin1');
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
