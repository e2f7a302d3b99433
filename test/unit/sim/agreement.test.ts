import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/protocol/vocabulary/index.ts';
import { commandSequence, disagreement, modelPort } from '../../../src/sim/index.ts';
import type { ModelPort, Port } from '../../../src/sim/index.ts';

/** The model against a copy of itself that somebody has tampered with. */
async function firstDisagreement(tamper: (port: ModelPort) => Partial<Port>): Promise<string | undefined> {
  const property = fc.asyncProperty(commandSequence(), async (commands) => {
    const copy = modelPort(DEFAULT_SETTINGS, 0);
    const system = { ...copy, ...tamper(copy) };
    const found = await disagreement(commands, {
      client: 'demo',
      settings: DEFAULT_SETTINGS,
      system,
      model: modelPort(DEFAULT_SETTINGS, 0),
    });
    if (found !== undefined) throw new Error(found);
  });
  const result = await fc.check(property, { numRuns: 300, seed: 1 });
  return result.failed ? (result.errorInstance as Error).message : undefined;
}

describe('disagreement', () => {
  it('finds none between the model and itself', async () => {
    expect(await firstDisagreement(() => ({}))).toBeUndefined();
  });

  const canaries: readonly (readonly [string, (port: ModelPort) => Partial<Port>, string])[] = [
    [
      'another reading of consecutive v2 batches',
      (port) => ({
        writeSettings: (client, settings) =>
          port.writeSettings(client, { ...settings, consecutiveV2: 'last-write-wins' }),
      }),
      'differs',
    ],
    [
      'a visit that does nothing',
      () => ({ visit: async (_, ids) => ({ ...ids, pcId: ids.pcId ?? 'x', created: false }) }),
      'differs',
    ],
    ['a lost single update', () => ({ update: async () => {} }), 'differs'],
    [
      'v1 taken for v2',
      (port) => ({ submit: (client, _, file) => port.submit(client, 'v2', file) }),
      'batch 1 differs',
    ],
    ['a clock that stands still', () => ({ advance: () => {} }), 'differs'],
    ['a client code that cannot be dropped', () => ({ dropClient: async () => {} }), 'differs'],
    [
      'a fetch with another value',
      (port) => ({
        fetch: async (client, id) => {
          const view = await port.fetch(client, id);
          return view && { ...view, modifiedAt: view.modifiedAt + 1 };
        },
      }),
      'fetch differs',
    ],
    [
      'an account that lets everybody in',
      (port) => ({
        send: async (request) => {
          const reply = await port.send(request);
          return reply.status === 403 ? { ...reply, status: 404, cause: 'rule/err-fetch-404-pc' } : reply;
        },
      }),
      'answer differs',
    ],
    [
      'calls that write at once what a session should hold back',
      (port) => ({
        writeSettings: (client, settings) => port.writeSettings(client, { ...settings, sessionWrites: 'at-once' }),
      }),
      'differs',
    ],
  ];
  it.each(canaries)('canary: finds %s', async (_, tamper, text) => {
    expect(await firstDisagreement(tamper)).toContain(text);
  });
});
