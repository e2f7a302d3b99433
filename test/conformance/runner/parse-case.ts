/** Reads one conformance case. Strict: what it does not know is an error with file and line, never a step left out. */
import type { RuleId, Settings, VisitorId } from '../../../src/protocol/vocabulary/index.ts';
import { binaryString, caseString } from './case-text.ts';
import * as words from './case-words.ts';
import { type ConformanceCase, type ExpectedReply, expectsSomething, type RequestFacts, type Step } from './case.ts';

/** What is wrong with a case's text, and where. */
export class CaseSyntaxError extends Error {
  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
    this.name = 'CaseSyntaxError';
  }
}

export function parseCase(file: string, text: string): ConformanceCase {
  const lines = text.split('\n').map((content, index) => ({ file, content, number: index + 1 }));
  const title = lines[0]!.content.match(/^# (.+)$/)?.[1];
  if (title === undefined) throw new CaseSyntaxError(file, 1, 'the first line must be `# ` and the title');
  const headAt = lines.findIndex(({ content }) => HEAD.test(content));
  if (headAt < 0) throw new CaseSyntaxError(file, 1, 'no `rules:` line');
  const prose = lines.slice(1, headAt).map(({ content }) => content);
  if (prose.join('').trim() === '') throw new CaseSyntaxError(file, 2, 'no prose: say why, and which sentence');

  const head = { rules: new Array<RuleId>(), options: {}, settings: {} satisfies Partial<Settings> };
  const steps: Step[] = [];
  for (const block of blocksOf(lines.slice(headAt))) {
    located(block, () => {
      const [, keyword, rest = ''] = block.content.match(HEAD) ?? [];
      if (keyword !== undefined && steps.length > 0)
        throw new Error('rules, options and settings stand before the first step');
      if (keyword === 'rules') head.rules.push(...rest.split(/[ ,]+/).filter(Boolean).map(words.ruleId));
      else if (keyword === 'options') Object.assign(head.options, words.pairs(rest));
      else if (keyword === 'settings') Object.assign(head.settings, words.settingsOf(rest));
      else return void steps.push({ line: block.number, ...stepOf(block) });
      if (block.inner.length > 0) throw new Error(NOTHING_BELOW);
    });
  }
  if (head.rules.length === 0) throw new CaseSyntaxError(file, headAt + 1, 'no rule ids');
  if (!steps.some(expectsSomething)) throw new CaseSyntaxError(file, lines.length, 'the case expects nothing');
  return { file, title, prose: prose.join('\n').trim(), ...head, steps };
}

interface Line {
  readonly file: string;
  readonly content: string;
  readonly number: number;
}

/** A line at the margin and the indented lines below it. */
interface Block extends Line {
  readonly inner: Line[];
}

type StepFacts = Step extends infer Each ? (Each extends Step ? Omit<Each, 'line'> : never) : never;

const HEAD = /^(rules|options|settings): +(.*)$/;
const NOTHING_BELOW = 'nothing may stand below this line';

function blocksOf(lines: readonly Line[]): Block[] {
  const blocks: Block[] = [];
  for (const line of lines) {
    if (line.content.trim() === '' || line.content.startsWith('#')) continue;
    if (!line.content.startsWith('  ')) blocks.push({ ...line, inner: [] });
    else if (blocks.length === 0)
      throw new CaseSyntaxError(line.file, line.number, 'an indented line belongs to no step');
    else blocks.at(-1)!.inner.push({ ...line, content: line.content.slice(2) });
  }
  return blocks;
}

function stepOf(block: Block): StepFacts {
  const content = block.content.trimEnd();
  const [, word = '', colon = '', rest = ''] = content.match(/^(\w*)(:?) *(.*)$/) ?? [];
  if (/^[A-Z]+$/.test(word)) return requestStep(block);
  if (colon !== '' && !LOOKS.has(word)) throw new Error(`unknown keyword ${JSON.stringify(`${word}:`)}`);
  if (Object.hasOwn(WITH_LINES, word)) return WITH_LINES[word as keyof typeof WITH_LINES](block, rest);
  if (!Object.hasOwn(LEAVES, word)) throw new Error(`unknown keyword ${JSON.stringify(word)}`);
  if (block.inner.length > 0) throw new Error(NOTHING_BELOW);
  return LEAVES[word as keyof typeof LEAVES](rest, content);
}

/** Keywords that a colon may follow at once. */
const LOOKS = new Set(['batch', 'rows', 'diagnostics']);

/** Steps of one line, by their keyword. */
const LEAVES = {
  client: (rest) => ({ kind: 'client', client: words.oneWord(rest) }),
  settings: (rest) => ({ kind: 'settings', settings: words.settingsOf(rest) }),
  seed(rest) {
    const [kind, id, ...values] = rest.split(/ +/);
    const attributes = Object.entries(words.pairs(values.join(' '))).map(([name, value]) => ({ name, value }));
    return { kind: 'seed', id: words.visitorId(kind, id), attributes };
  },
  advance: (rest) => ({ kind: 'advance', ms: words.duration(rest) }),
  step: (rest) => ({ kind: words.alone('step', rest) }),
  drain: (rest) => ({ kind: words.alone('drain', rest) }),
  batch(_, content) {
    const { name, value } = words.named(content);
    return { kind: 'batch', name, expected: words.batchFacts(value) };
  },
} satisfies Record<string, (rest: string, content: string) => StepFacts>;

/** Steps that have lines below them, by their keyword. */
const WITH_LINES = {
  rows(block) {
    const { name, value, extra } = words.named(block.content);
    if (value !== '') throw new Error('rows stand on lines of their own below');
    const outcome = extra === undefined ? undefined : words.rowOutcome(extra);
    return { kind: 'rows', name, outcome, expected: below(block, words.rowLine) };
  },
  diagnostics(block) {
    const { name, value } = words.named(block.content);
    const expected = below(block, words.diagnosticLine);
    if (value !== (expected.length === 0 ? 'none' : ''))
      throw new Error('write `diagnostics: none`, or each one on a line of its own below');
    return { kind: 'diagnostics', name, expected };
  },
  profile(block) {
    const [, kind, id, value] = block.content.match(/^profile +(\S+) +(\S+): *(|none|empty) *$/) ?? [];
    if (kind === undefined)
      throw new Error('write `profile thirdPartyId ID:` and attributes below, or `none` or `empty` after the colon');
    const values = below(block, words.layeredValue);
    if ((value === '') !== values.length > 0) throw new Error('a profile has attributes below, or says none or empty');
    return { kind: 'profile', id: words.visitorId(kind, id), expected: value === 'none' ? value : values };
  },
  upload(block, rest) {
    const lines = block.inner.map(({ content }) => content.trimEnd());
    const file = lines.filter((line) => line.startsWith('|')).map((line) => `${line.slice(1)}\n`);
    const [expected, ...more] = lines.filter((line) => !line.startsWith('|'));
    if (file.length === 0 || more.length > 0 || !/^=> (processed|failed [a-z0-9-]+)$/.test(expected ?? ''))
      throw new Error('an upload has the lines of its file below, and `=> processed` or `=> failed RULE`');
    return { kind: 'upload', alias: words.oneWord(rest), file: file.join(''), expected: expected!.slice(3) };
  },
  visit(block, rest) {
    const ids: Partial<Record<VisitorId['kind'], string>> = {};
    for (const [name, value] of Object.entries(words.pairs(rest))) ids[words.visitorId(name, value).kind] = value;
    const expected = below(block, words.visitFacts);
    const { pcId, thirdPartyId } = ids;
    const visit = { kind: 'visit', ids: { pcId, thirdPartyId } } as const;
    return expected.length === 0 ? visit : { ...visit, expected: Object.fromEntries(expected.flatMap(Object.entries)) };
  },
} satisfies Record<string, (block: Block, rest: string) => StepFacts>;

function requestStep(block: Block): { readonly kind: 'request' } & RequestFacts {
  const [, method, path, name = 'batch'] = block.content.trimEnd().match(/^([A-Z]+) +(\/\S*)(?: +as +(\w+))?$/) ?? [];
  if (method === undefined || path === undefined)
    throw new Error('write `METHOD /path`, with ` as NAME` where it needs one');
  const headers: [string, string][] = [];
  const lines: BodyLine[] = [];
  const expected: Writable<ExpectedReply> & { headers: [string, string][] } = { headers: [] };
  let repeat = 1;
  below(block, (content) => {
    const [, count, text] = content.match(/^(?:\*(\d+))?\|(.*)$/) ?? [];
    const [, times] = content.match(/^repeat (\d+)$/) ?? [];
    const header = content.match(/^([A-Za-z][\w-]*): (.*)$/);
    if (text !== undefined) {
      binaryString(text.replaceAll(/\\\{\d+/g, '\\{1'));
      lines.push({ count: count === undefined ? undefined : Number(count), text });
    } else if (content.startsWith('=> ')) addExpectation(expected, content.slice('=> '.length));
    else if (times !== undefined) repeat = Number(times);
    else if (header !== null) headers.push([header[1]!.toLowerCase(), caseString(header[2]!)]);
    else throw new Error(`neither header, body (|…), repeat nor expectation (=> …): ${JSON.stringify(content)}`);
  });
  // As curl's `--data-binary` does: a body without a type is a form.
  const hasType = headers.some(([header]) => header === 'content-type');
  if (lines.length > 0 && !hasType) headers.push(['content-type', 'application/x-www-form-urlencoded']);
  const sent = headers.filter(([header, value]) => header !== 'content-type' || value !== 'none');
  const body = lines.length === 0 ? undefined : () => bodyBytes(lines);
  return {
    kind: 'request',
    request: { method, path: caseString(path), headers: sent, body },
    isLarge: lines.some(
      ({ count = 0, text }) =>
        count >= LARGE || [...text.matchAll(/\\\{(\d+)\*/g)].some(([, times]) => Number(times) >= LARGE),
    ),
    repeat,
    name,
    expected,
  };
}

const LARGE = 100_000;

type Writable<Facts> = { -readonly [Name in keyof Facts]: Facts[Name] };

interface BodyLine {
  /** How many lines this one stands for; `{n}` counts them. */
  readonly count: number | undefined;
  readonly text: string;
}

/** Lines are joined by LF; a final LF is written `\n`. */
function bodyBytes(lines: readonly BodyLine[]): Uint8Array {
  const parts = lines.map(({ count, text }) => {
    const line = binaryString(text);
    if (count === undefined) return line;
    return Array.from({ length: count }, (_, index) => line.replaceAll('{n}', String(index + 1))).join('\n');
  });
  return Buffer.from(parts.join('\n'), 'latin1');
}

function addExpectation(reply: Writable<ExpectedReply> & { headers: [string, string][] }, text: string): void {
  const header = text.match(/^header ([\w-]+): (.*)$/);
  if (/^\d{3}$/.test(text)) reply.status = Number(text);
  else if (text.startsWith('cause ')) reply.cause = words.cause(text.slice('cause '.length));
  else if (header !== null) reply.headers.push([header[1]!.toLowerCase(), header[2]!]);
  else if (text.startsWith('|')) reply.body = (reply.body === undefined ? '' : `${reply.body}\n`) + text.slice(1);
  else throw new Error(`unknown expectation ${JSON.stringify(text)}: a status, cause, header or |body`);
}

/** What each line below a step says. */
function below<Facts>({ inner }: Block, readLine: (content: string) => Facts): Facts[] {
  return inner.map((line) => located(line, () => readLine(line.content)));
}

/** Adds file and line to what a reader of one line has to say. */
function located<Facts>({ file, number }: Line, readIt: () => Facts): Facts {
  try {
    return readIt();
  } catch (error) {
    if (error instanceof CaseSyntaxError || !(error instanceof Error)) throw error;
    throw new CaseSyntaxError(file, number, error.message);
  }
}
