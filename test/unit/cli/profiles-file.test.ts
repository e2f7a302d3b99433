/** Profiles to start with. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sampleFile } from '../../../src/cli/package-file.ts';
import { parseProfileLine, readProfilesFile } from '../../../src/cli/profiles-file.ts';

describe('a line of a profiles file', () => {
  it('names one id and its attributes', () => {
    expect(parseProfileLine('{"client":"acme","pcId":"1.28_20","attributes":{"a":"b"}}')).toEqual({
      client: 'acme',
      profile: { id: { kind: 'pcId', value: '1.28_20' }, attributes: { a: 'b' } },
    });
  });

  it('belongs to the client code demo, and holds nothing, unless it says otherwise', () => {
    expect(parseProfileLine('{"thirdPartyId":"C-1"}')).toEqual({
      client: 'demo',
      profile: { id: { kind: 'thirdPartyId', value: 'C-1' }, attributes: {} },
    });
  });

  it('keeps an attribute called __proto__', () => {
    const parsed = parseProfileLine('{"pcId":"1","attributes":{"__proto__":"x"}}');
    expect(typeof parsed === 'string' ? [] : Object.entries(parsed.profile.attributes)).toEqual([['__proto__', 'x']]);
  });

  it.each([
    ['no json', 'the line is no JSON object'],
    ['[1]', 'the line is no JSON object'],
    ['{"pcId":"1","thirdPartyId":"2"}', 'give either "pcId" or "thirdPartyId"'],
    ['{}', 'give either "pcId" or "thirdPartyId"'],
    ['{"pcId":1}', 'the id is no text, or empty'],
    ['{"pcId":"1","attributes":{"a":1}}', 'attribute "a" is no text'],
    ['{"pcId":"1","attributes":[]}', '"attributes" is no object'],
    ['{"pcId":"1","attribute":{}}', 'unknown field "attribute"'],
    ['{"pcId":"1","client":1}', '"client" is no text'],
  ])('%s is refused', (line, sentence) => {
    expect(parseProfileLine(line)).toBe(sentence);
  });
});

describe('a profiles file', () => {
  it('is read in its order, the sample wholly', async () => {
    const groups = await readProfilesFile(fileURLToPath(sampleFile('crm-profiles.ndjson')));
    expect(groups.map(({ client }) => client)).toEqual(['demo']);
    expect(groups[0]?.profiles.length).toBeGreaterThan(100);
  });
});
