/** Fresh client codes, one for each test: the n-th is always the same for a seed, so none need be remembered. */
import type { ClientCode } from '../protocol/vocabulary/index.ts';
import { randomFor } from './runtime/random.ts';

export type ClientCodes = ReturnType<typeof clientCodes>;

export function clientCodes(seed: number, isUsed: (code: ClientCode) => boolean) {
  let last = 0;
  const codeOf = (number: number) => {
    const drawn = randomFor((seed ^ Math.imul(number, 0x9e3779b1)) >>> 0, 'clients').integer(0, 36 ** 6 - 1);
    return `t${number}-${drawn.toString(36).padStart(6, '0')}` as ClientCode;
  };
  return {
    /** One that nobody has used. */
    next(): ClientCode {
      for (;;) {
        last += 1;
        const code = codeOf(last);
        // The same seed on the same data directory gives the same codes again.
        if (!isUsed(code)) return code;
      }
    },
    /** Whether it was handed out: such a code is known before its first use. */
    isHandedOut(code: string): boolean {
      const number = Number(/^t([1-9]\d{0,14})-/.exec(code)?.[1] ?? 0);
      return number > 0 && number <= last && codeOf(number) === code;
    },
  };
}
