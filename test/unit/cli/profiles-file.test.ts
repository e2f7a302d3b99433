/** Profiles to start with. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sampleFile } from '../../../src/cli/package-file.ts';
import { parseProfileLine, readProfilesFile } from '../../../src/cli/starting-state.ts';

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

  it('takes every shape that the library and the control API take, and illegal ids where these are accepted', () => {
    const ann = { client: 'demo', profile: { id: { kind: 'thirdPartyId', value: 'ann' }, attributes: {} } };
    expect(parseProfileLine('{"mbox3rdPartyId":"ann"}')).toEqual(ann);
    expect(parseProfileLine('{"id":{"kind":"mbox3rdPartyId","value":"ann"}}')).toEqual(ann);
    expect(parseProfileLine('{"thirdPartyId":"a+b"}', 'accept')).toMatchObject({ profile: { id: { value: 'a+b' } } });
  });

  it('may begin with a byte order mark, as the first line of a file from Windows does', () => {
    expect(parseProfileLine('\uFEFF{"pcId":"1"}')).toMatchObject({ profile: { id: { value: '1' } } });
  });

  it('keeps an attribute called __proto__', () => {
    const parsed = parseProfileLine('{"pcId":"1","attributes":{"__proto__":"x"}}');
    expect(typeof parsed === 'string' ? [] : Object.entries(parsed.profile.attributes ?? {})).toEqual([
      ['__proto__', 'x'],
    ]);
  });

  it.each([
    ['no json', 'the line is no JSON object'],
    ['[1]', 'the line is no JSON object'],
    ['{"pcId":"1","thirdPartyId":"2"}', 'Needs either pcId or thirdPartyId'],
    ['{}', 'Needs either pcId or thirdPartyId'],
    ['{"pcId":1}', 'pcId: Invalid input: expected string, received number'],
    ['{"pcId":""}', 'pcId: Refused by rule our-blank-key'],
    ['{"thirdPartyId":"a+b"}', 'thirdPartyId: Refused by rule key-3rd-chars'],
    ['{"id":{"kind":"thirdPartyId","value":"a/b"}}', 'id.value: Refused by rule key-3rd-chars'],
    ['{"id":{"kind":"email","value":"ann"}}', 'id.kind: Must be pcId or thirdPartyId'],
    ['{"pcId":"1","attributes":{"a":1}}', 'attributes.a: Must be a text'],
    ['{"pcId":"1","attributes":[]}', 'attributes: Must be an object of texts'],
    ['{"pcId":"1","attribute":{}}', 'attribute: There is no such field'],
    ['{"pcId":"1","client":1}', 'client: Must be a text'],
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
