/**
 * Reads the API's XML answers on the client's side, where they are hostile input: plain elements and escaped text, any
 * white space, nothing else. Doctypes, CDATA, comments and unknown entities are refused rather than interpreted.
 */

/** Longest reply that is looked at: a 2017 status names every row of a 50 MB batch. */
const REPLY_LENGTH_MAX = 128 * 1024 * 1024;

/**
 * Calls `onLeaf` for each element that holds text only, with the name of the element around it. False, possibly after
 * some calls, where the text is not one well-formed `response`.
 */
export function readReply(
  text: string,
  onLeaf: (parent: string, name: string, value: string) => void,
  lengthMax = REPLY_LENGTH_MAX,
): boolean {
  if (text.length > lengthMax) return false;
  const open: string[] = [];
  let closed = false;
  let position = DECLARATION.exec(text)?.[0].length ?? 0;
  /** Nothing but text has followed the tag of the innermost open element. */
  let isLeaf = false;
  for (;;) {
    const tagStart = text.indexOf('<', position);
    const between = text.slice(position, tagStart === -1 ? text.length : tagStart);
    if (tagStart === -1) return closed && isBlank(between);
    const tagEnd = text.indexOf('>', tagStart);
    if (tagEnd === -1 || closed || tagEnd - tagStart > TAG_LENGTH_MAX) return false;
    const [tag, slash, name = '', emptySlash] = TAG.exec(text.slice(tagStart, tagEnd + 1)) ?? [];
    if (tag === undefined) return false;
    const closes = slash === '/';
    const isEmpty = emptySlash === '/';
    if (closes && (isEmpty || open.pop() !== name)) return false;
    if (!closes && (open.length >= DEPTH_MAX || (open.length === 0 && name !== 'response'))) return false;
    const value = closes && isLeaf ? unescapeXml(between)?.trim() : '';
    if (value === undefined || (!(closes && isLeaf) && !isBlank(between))) return false;
    if (isEmpty || (closes && isLeaf)) onLeaf(open.at(-1) ?? '', name, value);
    isLeaf = !closes && !isEmpty;
    if (isLeaf) open.push(name);
    closed = open.length === 0;
    position = tagEnd + 1;
  }
}

/** The texts right inside `response`, by name; undefined where the text is no such reply, or says something twice. */
export function readLeaves(
  text: string,
  onInnerLeaf: (parent: string, name: string, value: string) => void = () => undefined,
): ReadonlyMap<string, string> | undefined {
  const leaves = new Map<string, string>();
  let repeated = false;
  const wellFormed = readReply(text, (parent, name, value) => {
    if (parent !== 'response') return onInnerLeaf(parent, name, value);
    repeated ||= leaves.has(name);
    leaves.set(name, value);
  });
  return wellFormed && !repeated ? leaves : undefined;
}

const DECLARATION = /^\uFEFF?\s*(?:<\?xml[^<>?]{0,200}\?>)?/;
const TAG = /^<(\/?)([A-Za-z_][A-Za-z0-9_.-]*)(?:\s[^<>]*?)?\s*(\/?)>$/;
const TAG_LENGTH_MAX = 1000;
const DEPTH_MAX = 8;

const isBlank = (text: string): boolean => text.trim() === '';

/**
 * Undefined where an entity is not one of XML's own five or a number. An ampersand that begins none is taken as it stands:
 * older documents print the status link so (ep-status-v2-legacy).
 */
function unescapeXml(text: string): string | undefined {
  let isKnown = true;
  const plain = text.replaceAll(/&([A-Za-z0-9#]{0,12};)/g, (_, entity: string) => {
    const character = ENTITIES[entity] ?? numberedCharacter(entity);
    isKnown &&= character !== undefined;
    return character ?? '';
  });
  return isKnown ? plain : undefined;
}

function numberedCharacter(entity: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));$/.exec(entity) ?? [];
  const codePoint = hex === undefined ? Number(decimal ?? 0) : Number.parseInt(hex, 16);
  const isCharacter = codePoint > 0 && codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff);
  return isCharacter ? String.fromCodePoint(codePoint) : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"', 'apos;': "'" };
