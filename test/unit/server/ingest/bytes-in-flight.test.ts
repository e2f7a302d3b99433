/** The bound on bodies that are on their way: by sender and in all, and nothing is kept of those that have ended. */
import { describe, expect, it } from 'vitest';
import { BYTES_IN_FLIGHT_MAX, bytesInFlightBound } from '../../../../src/protocol/rules/limits.ts';
import { bytesInFlight, TooMuchInFlight } from '../../../../src/server/ingest/bytes-in-flight.ts';

describe('our-queue-bound: bytes in flight', () => {
  const { sender, all } = BYTES_IN_FLIGHT_MAX;

  it('are taken up to the bound of one sender, and not a byte more', () => {
    const ledger = bytesInFlight();
    const first = ledger.begin('a');
    first.arrived(sender - 1);
    const second = ledger.begin('a');
    second.arrived(1);
    expect(() => second.arrived(1)).toThrow(TooMuchInFlight);
    expect(ledger.begin('b').arrived(1)).toBeUndefined();
    first.end();
    second.end();
    second.end();
    expect(ledger.bytes()).toBe(1);
    expect(ledger.begin('a').arrived(sender)).toBeUndefined();
  });

  it('are taken up to the bound of all, whoever sends', () => {
    const ledger = bytesInFlight();
    for (let count = 0; count < 8; count += 1) ledger.begin(`s${count}`).arrived(all / 8);
    const late = ledger.begin('late');
    expect(() => late.arrived(1)).toThrow(/on their way already/);
    late.end();
    expect(ledger.bytes()).toBe(all);
  });

  it('are refused as a full queue is, with the figures', () => {
    expect(bytesInFlightBound(sender, all)).toBeUndefined();
    expect(bytesInFlightBound(sender + 1, sender + 1)).toMatchObject({ kind: 'rejection', rule: 'our-queue-bound' });
    expect(bytesInFlightBound(1, all + 1)?.message).toContain(`${all + 1} bytes (1 from this sender)`);
  });
});
