/** Reads one conformance case. Strict: what it does not know is an error with file and line, never a step left out. */
import type { RuleId, Settings } from '../protocol/vocabulary/index.ts';
import { binaryString, caseString } from './case-text.ts';
import {
  attributeFacts,
  batchFacts,
  cause,
  diagnosticFacts,
  duration,
  named,
  one,
  pairs,
  rowFacts,
  rowOutcome,
  ruleId,
  settingsOf,
  visitorId,
} from './case-words.ts';
import type { ConformanceCase, ExpectedReply, RequestStep, Step, VisitStep } from './case.ts';

/** What is wrong with a case's text, and where. */
export class CaseSyntaxError extends Error {
  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
    this.name = 'CaseSyntaxError';
  }
}

export function parseCase(file: string, text: string): ConformanceCase {
  const lines = text.split('\n').map((content, index) => ({ content, number: index + 1 }));
  const title = lines[0]!.content.match(/^# (.+)$/)?.[1];
  if (title === undefined) throw new CaseSyntaxError(file, 1, 'the first line must be `# ` and the title');

  const firstHead = lines.findIndex(({ content }) => HEAD.test(content));
  if (firstHead < 0) throw new CaseSyntaxError(file, 1, 'no `rules:` line');
  const prose = lines
    .slice(1, firstHead)
    .map(({ content }) => content)
    .join('\n')
    .trim();
  if (prose === '') throw new CaseSyntaxError(file, 2, 'no prose: say why, and which sentence');

  const head: Head = { rules: [], options: {}, settings: {} };
  const steps: Step[] = [];
  for (const block of blocksOf(file, lines.slice(firstHead))) {
    located(file, block.number, () => {
      if (!HEAD.test(block.content)) {
        steps.push(stepOf(file, block));
        return;
      }
      if (steps.length > 0) throw new Error('rules, options and settings stand before the first step');
      none(block);
      readHead(block.content, head);
    });
  }
  if (head.rules.length === 0) throw new CaseSyntaxError(file, firstHead + 1, 'no rule ids');
  if (!steps.some(expectsSomething)) throw new CaseSyntaxError(file, lines.length, 'the case expects nothing');
  return { file, title, prose, ...head, steps };
}

/** Whether a step can fail. */
export function expectsSomething(step: Step): boolean {
  switch (step.kind) {
    case 'request': {
      const { status, cause: reason, body, headers } = step.expected;
      return status !== undefined || reason !== undefined || body !== undefined || headers.length > 0;
    }
    case 'visit':
      return step.expected !== undefined;
    case 'batch':
    case 'rows':
    case 'diagnostics':
    case 'profile':
      return true;
    case 'client':
    case 'settings':
    case 'seed':
    case 'advance':
    case 'step':
    case 'drain':
      return false;
    default:
      return unreachable(step);
  }
}

interface Head {
  rules: RuleId[];
  options: Record<string, string>;
  settings: Partial<Settings>;
}

interface Line {
  readonly content: string;
  readonly number: number;
}

/** A line at the margin and the indented lines below it. */
interface Block extends Line {
  readonly inner: readonly Line[];
}

const HEAD = /^(rules|options|settings): /;

function blocksOf(file: string, lines: readonly Line[]): Block[] {
  const blocks: { content: string; number: number; inner: Line[] }[] = [];
  for (const { content, number } of lines) {
    if (content.trim() === '' || content.startsWith('#')) continue;
    if (!content.startsWith('  ')) blocks.push({ content, number, inner: [] });
    else if (blocks.length === 0) throw new CaseSyntaxError(file, number, 'an indented line belongs to no step');
    else blocks.at(-1)!.inner.push({ content: content.slice(2), number });
  }
  return blocks;
}

function readHead(content: string, head: Head): void {
  const [, keyword, rest] = content.match(/^(\w+): +(.*)$/)!;
  if (keyword === 'rules') head.rules.push(...rest!.split(/[ ,]+/).filter(Boolean).map(ruleId));
  else if (keyword === 'options') Object.assign(head.options, Object.fromEntries(pairs(rest!)));
  else Object.assign(head.settings, settingsOf(rest!));
}

function stepOf(file: string, block: Block): Step {
  const [word = '', ...rest] = block.content.trimEnd().split(/ +/);
  const line = block.number;
  const argument = rest.join(' ');
  if (/^[A-Z]+$/.test(word)) return requestStep(file, block);
  switch (word) {
    case 'client':
      none(block);
      return { kind: 'client', line, client: one(argument) };
    case 'settings':
      none(block);
      return { kind: 'settings', line, settings: settingsOf(argument) };
    case 'seed':
      none(block);
      return { kind: 'seed', line, id: visitorId(rest[0], rest[1]), attributes: pairs(rest.slice(2).join(' ')) };
    case 'visit':
      return visitStep(file, block, argument);
    case 'advance':
      none(block);
      return { kind: 'advance', line, ms: duration(argument) };
    case 'step':
    case 'drain':
      none(block);
      if (argument !== '') throw new Error(`${word} takes nothing`);
      return { kind: word, line };
    case 'batch':
    case 'batch:': {
      none(block);
      const { name, value } = named(block.content);
      return { kind: 'batch', line, name, expected: batchFacts(value) };
    }
    case 'rows':
    case 'rows:': {
      const { name, value, extra } = named(block.content);
      if (value !== '') throw new Error('rows stand on lines of their own below');
      const expected = block.inner.map((inner) => located(file, inner.number, () => rowFacts(inner.content)));
      return { kind: 'rows', line, name, outcome: extra === undefined ? undefined : rowOutcome(extra), expected };
    }
    case 'diagnostics':
    case 'diagnostics:': {
      const { name, value } = named(block.content);
      const expected = block.inner.map((inner) => located(file, inner.number, () => diagnosticFacts(inner.content)));
      if ((value === 'none') !== (expected.length === 0) || (value !== '' && value !== 'none')) {
        throw new Error('write `diagnostics: none`, or each one on a line of its own below');
      }
      return { kind: 'diagnostics', line, name, expected };
    }
    case 'profile': {
      const [, kind, id, value] = block.content.match(/^profile +(\S+) +(\S+): *(.*)$/) ?? [];
      if (kind === undefined || (value !== '' && value !== 'none' && value !== 'empty')) {
        throw new Error('write `profile thirdPartyId ID:` and attributes below, or `none` or `empty` after the colon');
      }
      const attributes = block.inner.map((inner) => located(file, inner.number, () => attributeFacts(inner.content)));
      if ((value === '') !== attributes.length > 0)
        throw new Error('a profile has attributes below, or says none or empty');
      return { kind: 'profile', line, id: visitorId(kind, id), expected: value === 'none' ? undefined : attributes };
    }
    default:
      throw new Error(`unknown keyword ${JSON.stringify(word)}`);
  }
}

function requestStep(file: string, block: Block): RequestStep {
  const [, method, path, name] = block.content.trimEnd().match(/^([A-Z]+) +(\/\S*)(?: +as +(\w+))?$/) ?? [];
  if (method === undefined || path === undefined)
    throw new Error('write `METHOD /path`, with ` as NAME` where it needs one');
  const headers: (readonly [string, string])[] = [];
  const body: BodyLine[] = [];
  const expected: Line[] = [];
  let repeat = 1;
  for (const inner of block.inner) {
    located(file, inner.number, () => {
      const { content } = inner;
      const bodyLine = content.match(/^(?:\*(\d+))?\|(.*)$/);
      const repeated = content.match(/^repeat (\d+)$/);
      const header = content.match(/^([A-Za-z][\w-]*): (.*)$/);
      if (bodyLine !== null) {
        binaryString(bodyLine[2]!.replaceAll(/\\\{\d+/g, '\\{1'));
        body.push({ count: bodyLine[1] === undefined ? undefined : Number(bodyLine[1]), text: bodyLine[2]! });
      } else if (content.startsWith('=> ')) expected.push(inner);
      else if (repeated !== null) repeat = Number(repeated[1]);
      else if (header !== null) headers.push([header[1]!.toLowerCase(), caseString(header[2]!)]);
      else throw new Error(`neither header, body (|…), repeat nor expectation (=> …): ${JSON.stringify(content)}`);
    });
  }
  return {
    kind: 'request',
    line: block.number,
    method,
    path: caseString(path),
    headers,
    body: body.length === 0 ? undefined : () => bodyBytes(body),
    isLarge: body.some(
      ({ count = 0, text }) =>
        count >= LARGE || [...text.matchAll(/\\\{(\d+)\*/g)].some(([, times]) => Number(times) >= LARGE),
    ),
    repeat,
    name: name ?? 'batch',
    expected: expectedReply(file, expected),
  };
}

const LARGE = 100_000;

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

function expectedReply(file: string, lines: readonly Line[]): ExpectedReply {
  const reply: { status?: number; cause?: string; body?: string; headers: (readonly [string, string])[] } = {
    headers: [],
  };
  for (const { content, number } of lines) {
    located(file, number, () => {
      const text = content.slice('=> '.length);
      const header = text.match(/^header ([\w-]+): (.*)$/);
      if (/^\d{3}$/.test(text)) reply.status = Number(text);
      else if (text.startsWith('cause ')) reply.cause = cause(text.slice('cause '.length));
      else if (header !== null) reply.headers.push([header[1]!.toLowerCase(), header[2]!]);
      else if (text.startsWith('|')) reply.body = (reply.body === undefined ? '' : `${reply.body}\n`) + text.slice(1);
      else throw new Error(`unknown expectation ${JSON.stringify(text)}: a status, cause, header or |body`);
    });
  }
  return reply;
}

function visitStep(file: string, block: Block, argument: string): VisitStep {
  const ids = Object.fromEntries(pairs(argument));
  for (const name of Object.keys(ids)) visitorId(name, '-');
  let expected: VisitStep['expected'];
  for (const { content, number } of block.inner) {
    located(file, number, () => {
      if (!content.startsWith('=> '))
        throw new Error('below a visit stands only what is expected: => pcId=… created=true');
      const { pcId, thirdPartyId, created, ...unknown } = Object.fromEntries(pairs(content.slice('=> '.length)));
      if (Object.keys(unknown).length > 0) throw new Error(`a visit gives no ${Object.keys(unknown).join(', ')}`);
      if (created !== undefined && created !== 'true' && created !== 'false')
        throw new Error('created is true or false');
      expected = {
        ...(pcId === undefined ? {} : { pcId }),
        ...(thirdPartyId === undefined ? {} : { thirdPartyId }),
        ...(created === undefined ? {} : { created: created === 'true' }),
      };
    });
  }
  return { kind: 'visit', line: block.number, pcId: ids['pcId'], thirdPartyId: ids['thirdPartyId'], expected };
}

function none(block: Block): void {
  if (block.inner.length > 0) throw new Error('nothing may stand below this line');
}

/** Adds file and line to what a reader of one line has to say. */
function located<T>(file: string, line: number, readIt: () => T): T {
  try {
    return readIt();
  } catch (error) {
    if (error instanceof CaseSyntaxError || !(error instanceof Error)) throw error;
    throw new CaseSyntaxError(file, line, error.message);
  }
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
