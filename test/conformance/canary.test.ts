/** The cases can fail: spoiled expectations are noticed, one by one, and so are targets that are broken on purpose. */
import { describe, expect, it } from 'vitest';
import { type ConformanceCase, type ExpectedReply, expectsSomething, type Step } from './runner/case.ts';
import { emulatorTarget } from './runner/emulator-target.ts';
import { parseCase } from './runner/parse-case.ts';
import { runCase } from './runner/run-case.ts';
import type { Target } from './runner/target.ts';
import type { Port } from '../../src/sim/index.ts';
import { allCases } from './all-cases.ts';

const emulator = emulatorTarget();

/** Repeated requests and large bodies add nothing here. */
const smallCases = allCases().filter(({ steps }) =>
  steps.every((step) => step.kind !== 'request' || (!step.isLarge && step.repeat === 1)),
);

describe('a case with wrong expectations', () => {
  it.each(smallCases)('fails at each of them: $title', async (conformanceCase) => {
    const spoiledCase = { ...conformanceCase, steps: conformanceCase.steps.map(spoiled) };
    const { failures } = await runCase(spoiledCase, emulator);
    const failedLines = [...new Set(failures.map((failure) => Number(failure.split(':')[1])))];
    expect(failedLines).toEqual(spoiledCase.steps.filter(expectsSomething).map(({ line }) => line));
    expect(failures).toHaveLength(spoiledCase.steps.reduce((sum, step) => sum + expectations(step), 0));
  });
});

/** The same step, wrong in everything it expects. */
function spoiled(step: Step): Step {
  switch (step.kind) {
    case 'request':
      return { ...step, expected: spoiledReply(step.expected) };
    case 'visit': {
      if (step.expected === undefined) return step;
      const expected = Object.fromEntries(
        Object.entries(step.expected).map(([name, value]) => [name, typeof value === 'boolean' ? !value : `${value}x`]),
      );
      return { ...step, expected };
    }
    case 'batch': {
      const expected = Object.fromEntries(
        Object.entries(step.expected).map(([name, value]) => [
          name,
          typeof value === 'number' ? value + 1 : `not ${value}`,
        ]),
      );
      return { ...step, expected };
    }
    case 'rows':
      return { ...step, expected: step.expected.slice(1) };
    case 'diagnostics': {
      const [first, ...others] = step.expected;
      if (first === undefined) return { ...step, expected: ['empty-null-word x1'] };
      return { ...step, expected: [first.replace(/x(\d+)/, (_, count) => `x${Number(count) + 1}`), ...others] };
    }
    case 'profile':
      if (step.expected === 'none') return { ...step, expected: [] };
      return { ...step, expected: [...step.expected, { layer: 'base', name: 'spoiled', value: 'x' }] };
    case 'upload':
      return { ...step, expected: step.expected === 'processed' ? 'failed ca-size' : 'processed' };
    case 'client':
    case 'settings':
    case 'seed':
    case 'advance':
    case 'step':
    case 'drain':
      return step;
    default:
      return unreachable(step);
  }
}

function spoiledReply({ status, cause, body, headers }: ExpectedReply): ExpectedReply {
  return {
    ...(status === undefined ? {} : { status: status + 1 }),
    ...(cause === undefined ? {} : { cause: cause === 'none' ? 'rule/lim-rows' : 'none' }),
    ...(body === undefined ? {} : { body: `${body} ` }),
    headers: headers.map(([name, value]) => [name, `${value}x`]),
  };
}

function expectations(step: Step): number {
  if (step.kind === 'request') {
    const { status, cause, body, headers } = step.expected;
    return [status, cause, body].filter((value) => value !== undefined).length + headers.length;
  }
  if (step.kind === 'visit' || step.kind === 'batch') return Object.keys(step.expected ?? {}).length;
  return expectsSomething(step) ? 1 : 0;
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

describe('a broken target', () => {
  const sample = readCase('counters/documented-sample.txt');

  it('passes the sample as long as nothing is broken', async () => {
    expect((await runCase(sample, broken({}))).failures).toEqual([]);
  });

  it.each<[string, Partial<Breakage>]>([
    ['drops the last row of each batch file', { body: (text) => text.slice(0, text.lastIndexOf('\n')) }],
    ['takes v1 for v2', { path: (path) => path.replace('/m2/demo/profile/', '/m2/demo/v2/profile/') }],
    ['reads empty cells as values', { body: (text) => text.replaceAll(',,', ',-,') }],
    ['loses an attribute', { attributes: (shown) => shown.slice(1) }],
    ['counts a row twice', { updated: (count) => count + 1 }],
  ])('that %s fails the sample', async (_, breakage) => {
    expect((await runCase(sample, broken(breakage))).failures).not.toEqual([]);
  });
});

/** What a broken target does to requests, or to what it shows. */
interface Breakage {
  body(text: string): string;
  path(path: string): string;
  attributes<Shown>(shown: readonly Shown[]): readonly Shown[];
  updated(count: number): number;
}

function broken({ body, path, attributes, updated }: Partial<Breakage>): Target {
  const breakPort = (port: Port): Port => ({
    ...port,
    send: (request) =>
      port.send({
        ...request,
        path: path?.(request.path) ?? request.path,
        body: request.body && body ? Buffer.from(body(Buffer.from(request.body).toString())) : request.body,
      }),
    async batch(batchId) {
      const batch = await port.batch(batchId);
      return { ...batch, successfulUpdates: updated?.(batch.successfulUpdates) ?? batch.successfulUpdates };
    },
    async profile(client, id) {
      const shown = await port.profile(client, id);
      return shown && attributes ? { ...shown, attributes: attributes(shown.attributes) } : shown;
    },
  });
  return {
    ...emulator,
    async open(conformanceCase) {
      const session = await emulator.open(conformanceCase);
      return { ...session, port: breakPort(session.port) };
    },
  };
}

function readCase(file: string): ConformanceCase {
  const found = allCases().find((conformanceCase) => conformanceCase.file === file);
  if (found === undefined) throw new Error(`there is no case ${file}`);
  return found;
}

describe('a case that compares nothing', () => {
  it('cannot be written', () => {
    const text = '# Nothing\n\nProse.\n\nrules: lim-rows\n\nPOST /m2/demo/profile/batchUpdate\n  |batch=pcId\n';
    expect(() => parseCase('nothing.txt', text)).toThrow('expects nothing');
  });
});
