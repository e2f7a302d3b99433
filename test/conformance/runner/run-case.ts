/** Runs one case on one target: steps in order, every difference collected, nothing compared that cannot be shown. */
import { diagnosticText, rowText, batchWords } from './case-words.ts';
import { type ConformanceCase, expectsSomething, type LayeredValue, type Step } from './case.ts';
import { type Captures, filledIn, mismatch } from './reply-template.ts';
import { withoutOwnWords } from './own-words.ts';
import type { Target } from './target.ts';

export interface CaseResult {
  /** `file:line: what differs`. */
  readonly failures: readonly string[];
  /** Comparisons made. A case that compared nothing has shown nothing. */
  readonly compared: number;
  /** What was left out, and why, each once. */
  readonly leftOut: readonly string[];
}

/** Why a case cannot be run on a target at all; undefined where it can. */
export function skipReason(conformanceCase: ConformanceCase, target: Target): string | undefined {
  const options = target.cannotHave(conformanceCase.options);
  if (options !== undefined) return options;
  const reasons = new Set<string>();
  let shows = false;
  for (const step of allSteps(conformanceCase)) {
    const reason = target.cannot(step);
    if (reason === undefined) shows ||= expectsSomething(step);
    else if (ONLY_LOOKS.has(step.kind)) reasons.add(reason);
    else return reason;
  }
  return shows ? undefined : [...reasons, 'it shows nothing of what the case expects'].join('; ');
}

/** A request may change something: a submission is told from a fetch only by those who know the API. */
const ONLY_LOOKS: ReadonlySet<Step['kind']> = new Set(['batch', 'rows', 'diagnostics', 'profile', 'client']);

/** The settings of the case's head are its first step. */
function allSteps({ settings, steps }: ConformanceCase): readonly Step[] {
  return Object.keys(settings).length === 0 ? steps : [{ kind: 'settings', line: 1, settings }, ...steps];
}

/** The client code of steps that name none. */
const DEFAULT_CLIENT = 'demo';

/** Client codes that a case touches. */
export function clientsOf({ steps }: ConformanceCase): ReadonlySet<string> {
  return new Set([DEFAULT_CLIENT, ...steps.flatMap((step) => clientOf(step) ?? [])]);
}

function clientOf(step: Step): string | undefined {
  if (step.kind === 'client') return step.client;
  return step.kind === 'request' ? step.request.path.match(/^\/m2\/([A-Za-z0-9_-]{1,64})\//)?.[1] : undefined;
}

export async function runCase(conformanceCase: ConformanceCase, target: Target): Promise<CaseResult> {
  const { file } = conformanceCase;
  const { port, authority, isClockOurs, hasOwnWords, close } = await target.open(conformanceCase);
  const startedAt = isClockOurs ? port.now() : undefined;
  const captures: Captures = { batchIds: new Map(), tokens: new Map(), pcId: undefined };
  /** Made for an upload. */
  const sources = new Set<string>();
  const failures: string[] = [];
  const leftOut = new Set<string>();
  let compared = 0;
  let client = DEFAULT_CLIENT;

  const batchId = (name: string) => {
    const known = captures.batchIds.get(name);
    if (known === undefined) throw new Error(`${file}: no batch was accepted as ${JSON.stringify(name)}`);
    return known;
  };

  const take = async (step: Step): Promise<void> => {
    const same = (what: string, expected: unknown, actual: unknown) => {
      compared += 1;
      if (expected === actual) return;
      const texts = `expected ${excerpt(expected, actual)}\n     got ${excerpt(actual, expected)}`;
      failures.push(`${file}:${step.line}: ${what}\n${texts}`);
    };
    switch (step.kind) {
      case 'client':
        client = step.client;
        return;
      case 'settings':
        return port.writeSettings(client, step.settings);
      case 'seed':
        return port.seed(client, step.id, step.attributes);
      case 'advance':
        return port.advance(step.ms);
      case 'step':
        return void (await port.apply(client, 'slice'));
      case 'drain':
        for (const each of clientsOf(conformanceCase)) await port.apply(each, 'all');
        return;
      case 'upload': {
        const { alias, file: text } = step;
        if (!sources.has(`${client} ${alias}`))
          await port.setSource(client, { alias, name: alias, subscribed: 'all', active: true });
        sources.add(`${client} ${alias}`);
        const rule = await port.upload(client, alias, text);
        return same('file', step.expected, rule === undefined ? 'processed' : `failed ${rule}`);
      }
      case 'visit': {
        const visit = await port.visit(client, step.ids);
        captures.pcId = visit.pcId;
        for (const [name, value] of Object.entries(step.expected ?? {})) {
          const actual = visit[name as keyof typeof visit];
          same(`visit's ${name}`, value, value === '*' ? value : actual);
        }
        return;
      }
      case 'batch': {
        const facts = batchWords(await port.batch(batchId(step.name)));
        for (const [name, value] of Object.entries(step.expected)) same(name, value, facts[name]);
        return;
      }
      case 'rows': {
        const rows = await port.rows(batchId(step.name));
        const shown = rows.filter(({ outcome }) => step.outcome === undefined || outcome === step.outcome);
        const lines = shown.map((row, index) => {
          const isAnyId = step.expected[index]?.split(' ')[1] === '*';
          return rowText(isAnyId ? { ...row, id: '*' } : row);
        });
        return same('rows', step.expected.join('\n'), lines.join('\n'));
      }
      case 'diagnostics': {
        const withPositions = new Set(
          step.expected.filter((line) => line.includes(' at ')).map((line) => line.split(' ')[0]),
        );
        const { diagnostics } = await port.batch(batchId(step.name));
        const lines = diagnostics.map((noted) => diagnosticText(noted, withPositions.has(noted.rule)));
        return same('diagnostics', step.expected.toSorted().join('\n'), lines.toSorted().join('\n'));
      }
      case 'profile': {
        const profile = await port.profile(client, step.id);
        const expected = step.expected === 'none' ? 'no profile' : attributesText(step.expected);
        const actual = profile === undefined ? 'no profile' : attributesText(profile.attributes);
        return same(`${step.id.kind} ${step.id.value}`, expected, actual);
      }
      case 'request': {
        const { request, repeat, expected } = step;
        const path = filledIn(request.path, captures);
        const filled = request.headers.map(([name, value]) => [name, filledIn(value, captures)] as const);
        for (let sent = 0; sent < repeat; sent += 1) {
          const {
            status,
            cause = 'none',
            headers,
            body,
          } = await port.send({ ...request, path, headers: filled, body: request.body?.() });
          const text = Buffer.from(body).toString('latin1');
          const submitted = text.match(/<batchStatus>[^<]*[?&;]batchId=([^<&]+)/)?.[1];
          if (submitted !== undefined) captures.batchIds.set(step.name, submitted);
          const token = text.match(/"accessToken":"([^"]+)"/)?.[1];
          if (token !== undefined) captures.tokens.set(step.name, token);
          if (expected.status !== undefined) same('status', expected.status, status);
          if (expected.cause !== undefined) same('cause', expected.cause, cause);
          for (const [name, value] of expected.headers) same(`header ${name}`, value, headers.get(name) ?? 'none');
          if (expected.body === undefined) continue;
          compared += 1;
          const isSubmission = /\/profile\/batchUpdate(\?|$)/.test(step.request.path);
          const compare = hasOwnWords ? withoutOwnWords : (reply: string) => reply;
          const wanted = Buffer.from(expected.body, 'utf8').toString('latin1');
          const difference = mismatch(compare(wanted), compare(text), {
            captures,
            authority: request.headers.find(([name]) => name === 'host')?.[1] ?? authority,
            startedAt,
            ...(isSubmission && { submission: { name: step.name, client: clientOf(step) ?? client } }),
          });
          if (difference !== undefined) failures.push(`${file}:${step.line}: reply differs\n${difference}`);
        }
      }
    }
  };

  try {
    for (const step of allSteps(conformanceCase)) {
      const reason = target.cannot(step);
      if (reason === undefined) await take(step);
      else leftOut.add(reason);
    }
    return { failures, compared, leftOut: [...leftOut] };
  } finally {
    await close();
  }
}

/** From a little before the first difference, where there is too much to print. */
function excerpt(value: unknown, other: unknown): string {
  const [text, otherText] = [String(value), String(other)];
  if (text.length <= EXCERPT_LENGTH) return text;
  let same = 0;
  while (same < text.length && text[same] === otherText[same]) same += 1;
  const start = Math.max(0, same - 40);
  return `…${text.slice(start, start + EXCERPT_LENGTH)}… (${text.length} characters)`;
}

const EXCERPT_LENGTH = 600;

function attributesText(attributes: readonly LayeredValue[]): string {
  const lines = attributes.map(({ layer, name, value }) => `${layer} ${JSON.stringify(name)}=${JSON.stringify(value)}`);
  return lines.toSorted().join('\n');
}
