/** Exact bytes, but for what no case can know beforehand: the only placeholders a case may use, and what they stand for. */

/** What is remembered from one step to the next: batch ids by the name of their submission, tokens, `pcId` of the last visit. */
export interface Captures {
  readonly batchIds: Map<string, string>;
  readonly tokens: Map<string, string>;
  pcId: string | undefined;
}

/** What holds for one reply. */
export interface TemplateContext {
  readonly captures: Captures;
  /** Set for the reply to a submission: `{batchId}` is learnt from it, under this name. */
  readonly submission?: { readonly name: string; readonly client: string };
  /** Host and port as the target puts them into links. */
  readonly authority: string;
  /** The target's time when the case began; undefined where its clock is its own. */
  readonly startedAt: number | undefined;
}

/** The first difference, in words; undefined where the bytes match. */
export function mismatch(template: string, actual: string, context: TemplateContext): string | undefined {
  const { pattern, names } = compile(template, context);
  const found = pattern.exec(actual);
  if (found === null) return `expected ${template}\n     got ${actual}`;
  for (const [index, name] of names.entries()) {
    const earlier = context.captures.batchIds.get(name);
    const value = found[index + 1]!;
    if (earlier !== undefined && index > 0 && earlier !== value)
      return `{batchId} is ${earlier} here and ${value} there`;
    context.captures.batchIds.set(name, value);
  }
  return undefined;
}

/** `{batchId}`, `{batchId:NAME}`, `{token:NAME}` and `{pcId}` put in; what is not known yet is an error. */
export function filledIn(template: string, captures: Captures): string {
  return template.replaceAll(/\{(batchId|token|pcId)(?::(\w+))?\}/g, (placeholder, word: string, name = 'batch') => {
    const known = word === 'token' ? captures.tokens : captures.batchIds;
    const value = word === 'pcId' ? captures.pcId : known.get(String(name));
    if (value === undefined) throw new Error(`${placeholder} stands for nothing yet`);
    return value;
  });
}

function compile(template: string, context: TemplateContext): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  let source = '';
  let from = 0;
  for (const found of template.matchAll(
    /\{(batchId|token|pcId|epoch|digits8|uuid|authority|time|iso)(?::(\w+)|\+(\d+))?\}/g,
  )) {
    source += literal(template.slice(from, found.index));
    from = found.index + found[0].length;
    const [placeholder, word, name, offset] = found;
    if (word === 'batchId' && name === undefined && context.submission !== undefined) {
      names.push(context.submission.name);
      // The path segment `client` stands for the client of the host (ep-literal-client).
      const client =
        context.submission.client === 'client' ? '[A-Za-z0-9_-]{1,64}' : literal(context.submission.client);
      source += `(${client}-\\d{13}-\\d{8})`;
    } else if (word === 'batchId' || word === 'token' || word === 'pcId')
      source += literal(filledIn(placeholder, context.captures));
    else if (word === 'uuid') source += UUID;
    else if (word === 'authority') source += literal(context.authority);
    else if (word === 'digits8') source += '\\d{8}';
    else source += timeSource(word as 'epoch' | 'time' | 'iso', Number(offset ?? 0), context.startedAt);
  }
  return { pattern: new RegExp(`^${source}${literal(template.slice(from))}$`), names };
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** `{epoch+N}`, `{time+N}` and `{iso+N}`, the same ending with Z: N milliseconds after the case began; any time where the target's clock is its own. */
function timeSource(word: 'epoch' | 'time' | 'iso', offset: number, startedAt: number | undefined): string {
  if (word === 'epoch') return startedAt === undefined ? '\\d{13}' : String(startedAt + offset);
  if (startedAt === undefined)
    return `\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}${word === 'iso' ? 'Z' : '\\+00:00'}`;
  const iso = new Date(startedAt + offset).toISOString();
  return literal(word === 'iso' ? iso : iso.replace('Z', '+00:00'));
}

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
