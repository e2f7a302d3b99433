/** Runs one case on one target: steps in order, every difference collected, nothing compared that cannot be shown. */
import type {
  ConformanceCase,
  DiagnosticsStep,
  ProfileStep,
  RequestStep,
  RowFacts,
  RowsStep,
  Step,
  VisitStep,
} from './case.ts';
import { expectsSomething } from './parse-case.ts';
import { filledIn, mismatch } from './reply-template.ts';
import type { Captures } from './reply-template.ts';
import type { Reply, Session, Target } from './target.ts';

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
  for (const step of [...settingsFirst(conformanceCase), ...conformanceCase.steps]) {
    const reason = target.cannot(step, conformanceCase);
    if (reason === undefined) shows ||= expectsSomething(step) && target.shows(step);
    else if (changesSomething(step)) return reason;
    else reasons.add(reason);
  }
  return shows ? undefined : [...reasons, 'it shows nothing of what the case expects'].join('; ');
}

export async function runCase(conformanceCase: ConformanceCase, target: Target): Promise<CaseResult> {
  const session = await target.open(conformanceCase);
  try {
    const run = new CaseRun(conformanceCase, target, session);
    for (const step of [...settingsFirst(conformanceCase), ...conformanceCase.steps]) await run.take(step);
    return { failures: run.failures, compared: run.compared, leftOut: [...run.leftOut] };
  } finally {
    await session.close();
  }
}

/** The settings of the case's head are its first step. */
function settingsFirst({ settings }: ConformanceCase): Step[] {
  return Object.keys(settings).length === 0 ? [] : [{ kind: 'settings', line: 1, settings }];
}

/** The client code of steps that name none. */
export const DEFAULT_CLIENT = 'demo';

/** Client codes that a case touches, to be cleared beforehand. */
export function clientsOf({ steps }: ConformanceCase): readonly string[] {
  const named = steps.flatMap((step) =>
    step.kind === 'client' ? [step.client] : step.kind === 'request' ? clientIn(step) : [],
  );
  return [...new Set([DEFAULT_CLIENT, ...named])];
}

const clientIn = ({ path }: RequestStep) => path.match(/^\/m2\/([A-Za-z0-9_-]{1,64})\//)?.[1] ?? [];

/** A request always may: a submission is told from a fetch only by those who know the API. */
function changesSomething({ kind }: Step): boolean {
  return !['batch', 'rows', 'diagnostics', 'profile', 'client'].includes(kind);
}

class CaseRun {
  readonly failures: string[] = [];
  readonly leftOut = new Set<string>();
  compared = 0;
  readonly #case: ConformanceCase;
  readonly #target: Target;
  readonly #session: Session;
  readonly #captures: Captures = { batchIds: new Map(), pcId: undefined };
  #client = DEFAULT_CLIENT;

  constructor(conformanceCase: ConformanceCase, target: Target, session: Session) {
    this.#case = conformanceCase;
    this.#target = target;
    this.#session = session;
  }

  async take(step: Step): Promise<void> {
    const reason = this.#target.cannot(step, this.#case);
    if (reason !== undefined) return void this.leftOut.add(reason);
    switch (step.kind) {
      case 'client':
        this.#client = step.client;
        return;
      case 'settings':
        return this.#session.writeSettings(this.#client, step.settings);
      case 'seed':
        return this.#session.seed(this.#client, step.id, step.attributes);
      case 'request':
        return this.#request(step);
      case 'visit':
        return this.#visit(step);
      case 'advance':
        return this.#session.advance(step.ms);
      case 'step':
        return this.#session.step();
      case 'drain':
        return this.#session.drain();
      case 'batch': {
        const facts = await this.#session.batch(this.#batchId(step.name));
        for (const [name, value] of Object.entries(step.expected)) {
          this.#same(step, name, value, facts[name as keyof typeof facts]);
        }
        return;
      }
      case 'rows':
        return this.#rows(step);
      case 'diagnostics':
        return this.#diagnostics(step);
      case 'profile':
        return this.#profile(step);
      default:
        return unreachable(step);
    }
  }

  async #request(step: RequestStep): Promise<void> {
    const path = filledIn(step.path, this.#captures);
    const client = clientIn(step);
    for (let sent = 0; sent < step.repeat; sent += 1) {
      const reply = await this.#session.send({ method: step.method, path, headers: step.headers, body: step.body?.() });
      const host = step.headers.find(([name]) => name === 'host')?.[1];
      this.#reply(step, reply, typeof client === 'string' ? client : this.#client, host);
    }
  }

  #reply(step: RequestStep, reply: Reply, client: string, host: string | undefined): void {
    const { expected } = step;
    if (expected.status !== undefined) this.#shown(step, 'status', expected.status, reply.status);
    if (expected.cause !== undefined) this.#shown(step, 'cause', expected.cause, reply.cause);
    for (const [name, value] of expected.headers) {
      if (reply.headers === undefined) this.leftOut.add('headers are not shown');
      else this.#same(step, `header ${name}`, value, reply.headers.get(name) ?? 'none');
    }
    const submission = reply.batchId ?? submittedBatch(reply.body);
    if (submission !== undefined) this.#captures.batchIds.set(step.name, submission);
    if (expected.body === undefined) return;
    if (reply.body === undefined) return void this.leftOut.add('bytes of replies are not shown');
    this.compared += 1;
    const { authority, startedAt } = this.#session;
    const isSubmission = /\/profile\/batchUpdate(\?|$)/.test(step.path);
    const difference = mismatch(Buffer.from(expected.body, 'utf8').toString('latin1'), reply.body, {
      captures: this.#captures,
      authority: host ?? authority,
      startedAt,
      ...(isSubmission ? { submission: { name: step.name, client } } : {}),
    });
    if (difference !== undefined) this.#fail(step, `reply differs\n${difference}`);
  }

  async #visit(step: VisitStep): Promise<void> {
    const facts = await this.#session.visit(this.#client, step);
    this.#captures.pcId = facts.pcId;
    for (const [name, value] of Object.entries(step.expected ?? {})) {
      if (value === '*') this.compared += 1;
      else this.#same(step, `visit's ${name}`, value, facts[name as keyof typeof facts]);
    }
  }

  async #rows(step: RowsStep): Promise<void> {
    const all = await this.#session.rows(this.#batchId(step.name));
    const shown = step.outcome === undefined ? all : all.filter((row) => row.outcome === step.outcome);
    const withId = (index: number) => step.expected[index]?.id !== undefined && shown[index]?.id !== undefined;
    const lines = (rows: readonly RowFacts[]) => rows.map((row, index) => rowText(row, withId(index))).join('\n');
    this.#same(step, 'rows', lines(step.expected), lines(shown));
  }

  async #diagnostics(step: DiagnosticsStep): Promise<void> {
    const shown = new Map(
      (await this.#session.diagnostics(this.#batchId(step.name))).map((noted) => [noted.rule, noted]),
    );
    const lines = step.expected.map(({ rule, count, positions }) =>
      [rule, `x${count}`, ...(positions ?? [])].join(' '),
    );
    const expectedRules = new Map(step.expected.map((noted) => [noted.rule, noted]));
    const actual = [...shown.values()].map(({ rule, count, positions }) => {
      const asked = expectedRules.get(rule)?.positions;
      return [rule, `x${count}`, ...(asked === undefined ? [] : (positions ?? asked))].join(' ');
    });
    this.#same(step, 'diagnostics', lines.toSorted().join('\n'), actual.toSorted().join('\n'));
  }

  async #profile(step: ProfileStep): Promise<void> {
    const shown = await this.#session.profile(this.#client, step.id);
    if (step.expected === undefined || shown === undefined) {
      return this.#same(step, `${step.id.kind} ${step.id.value}`, presence(step.expected), presence(shown));
    }
    const layered = shown.every(({ layer }) => layer !== undefined);
    if (!layered) this.leftOut.add('layers are not compared');
    const text = (attributes: readonly { layer: string | undefined; name: string; value: string }[]) =>
      attributes
        .map(
          ({ layer, name, value }) => `${layered ? `${layer} ` : ''}${JSON.stringify(name)}=${JSON.stringify(value)}`,
        )
        .toSorted()
        .join('\n');
    this.#same(step, `${step.id.kind} ${step.id.value}`, text(step.expected), text(shown));
  }

  #batchId(name: string): string {
    const batchId = this.#captures.batchIds.get(name);
    if (batchId === undefined) throw new Error(`${this.#case.file}: no batch was accepted as ${JSON.stringify(name)}`);
    return batchId;
  }

  /** As `#same`, where a target may have nothing to show. */
  #shown(step: Step, what: string, expected: unknown, actual: unknown): void {
    if (actual === undefined) this.leftOut.add(`${what} is not shown`);
    else this.#same(step, what, expected, actual);
  }

  #same(step: Step, what: string, expected: unknown, actual: unknown): void {
    this.compared += 1;
    if (expected !== actual)
      this.#fail(step, `${what}\nexpected ${excerpt(expected, actual)}\n     got ${excerpt(actual, expected)}`);
  }

  #fail(step: Step, what: string): void {
    this.failures.push(`${this.#case.file}:${step.line}: ${what}`);
  }
}

/** From a little before the first difference, where there is too much to print. */
function excerpt(value: unknown, other: unknown): string {
  const text = String(value);
  if (text.length <= EXCERPT_LENGTH) return text;
  const otherText = String(other);
  let same = 0;
  while (same < text.length && text[same] === otherText[same]) same += 1;
  const start = Math.max(0, same - 40);
  return `…${text.slice(start, start + EXCERPT_LENGTH)}… (${text.length} characters)`;
}

const EXCERPT_LENGTH = 600;

const presence = (attributes: unknown) => (attributes === undefined ? 'no profile' : 'a profile');

/** Column 0, like no column, means that the fault is not in one cell. */
function rowText({ row, id, outcome, rule, column }: RowFacts, withId: boolean): string {
  return [row, withId ? id : '*', outcome, rule, ...(column ? ['column', column] : [])].join(' ');
}

/** The batch id in the link of a submission's reply. */
function submittedBatch(body: string | undefined): string | undefined {
  return body?.match(/<batchStatus>[^<]*[?&;]batchId=([^<&]+)/)?.[1];
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
