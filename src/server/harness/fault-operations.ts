/** Faults: shown, and replaced as a whole; see docs/faults.md. */
import { FAULTED_CLIENTS_MAX } from '../faults/fault-book.ts';
import { type FaultSet, faultSetSchema, type GivenFaults } from '../faults/fault-set.ts';
import { ofOneOrAll } from './judged-fields.ts';
import { operation } from './operation.ts';
import { refuseIf } from '../input-issues.ts';

export const faultOperations = {
  /**
   * The faults for all client codes, or a client code's own, with every default filled in; `{}` means none.
   *
   * @example
   * emulator.faults.get('demo').status?.code; // 503
   */
  get: operation({
    route: ['GET /faults', 'GET /clients/{client}/faults'],
    sentence: 'The faults for all client codes, or its own; `{}` means none.',
    ...ofOneOrAll,
    replies: { 200: () => faultSetSchema },
    does: ({ faults }, { client }): FaultSet => faults.get(client),
  }),
  /**
   * Replaces the faults of one client code, or those for all; `{}` means none. Batches accepted before keep what they were
   * given. Throws a `ZodError` that names each wrong field, and then nothing has changed.
   *
   * @example
   * emulator.faults.set({ status: { code: 503, times: 2, per: 'content' } }, 'demo');
   */
  set: operation({
    route: ['PUT /faults', 'PUT /clients/{client}/faults'],
    sentence: 'Replaces the faults for all client codes, or its own, as a whole; an empty object means none.',
    takes: () => ({ ...ofOneOrAll.takes(), body: faultSetSchema }),
    replies: { 200: () => faultSetSchema },
    binds: (code, faults: GivenFaults): [GivenFaults, string] => [faults, code],
    asked: (faults: GivenFaults, client?: string) => ({ path: { client }, body: faults }),
    does: ({ faults }, { client, body }): void => {
      const message = `${FAULTED_CLIENTS_MAX} client codes have faults of their own already; drop some`;
      refuseIf(faults.set(body, client) !== 'set', 'client', message);
    },
    tells: (_, { faults }, { client }) => faults.get(client),
  }),
};
