/** Which faults are asked for, how often they fired, and what a call draws: one emulator's, in memory. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { randomFor } from '../runtime/random.ts';
import { FAULTS, type FaultName, type FaultSet } from './fault-set.ts';
import type { Fault, Occasion, When } from './fault.ts';
import { occurrences } from './occurrences.ts';

/** Client codes with faults of their own; more are refused, since forgetting one would let its test pass. */
export const FAULTED_CLIENTS_MAX = 10_000;

/** Contents whose occurrences are counted; what was seen longest ago is forgotten, and counts from its first again. */
const OCCURRENCES_MAX = 100_000;

/** The call that draws. `content` is a digest of what was sent, so that a draw belongs to it and not to its turn. */
export interface FaultCall {
  readonly client: ClientCode;
  readonly operation: Occasion;
  readonly content: string;
}

export type FaultBook = ReturnType<typeof faultBook>;
/** A fault that a call has drawn. */
export type ArmedFault = ReturnType<FaultBook['draw']>[number];

const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

export function faultBook(seed: number, clientsMax = FAULTED_CLIENTS_MAX) {
  let forAll: FaultSet = {};
  const own = new Map<ClientCode, FaultSet>();
  const sent = occurrences(OCCURRENCES_MAX);
  const fired = occurrences(OCCURRENCES_MAX);

  const restart = (client: ClientCode | undefined) => {
    if (client === undefined) {
      sent.clear();
      fired.clear();
    } else {
      sent.forget(client);
      fired.forget(client);
    }
  };
  /** A fault of the client code's own replaces the one of the same name that is for all. */
  const inForce = (client: ClientCode): FaultSet => (own.has(client) ? { ...forAll, ...own.get(client) } : forAll);

  return {
    /** Of a client code, or those for all; what was counted there counts anew. */
    set(faults: FaultSet, client?: ClientCode): 'set' | 'too-many-clients' {
      if (client === undefined) forAll = faults;
      else if (Object.keys(faults).length === 0) own.delete(client);
      else if (own.has(client) || own.size < clientsMax) own.set(client, faults);
      else return 'too-many-clients';
      restart(client);
      return 'set';
    },
    /** As they were set: a client code's own, or those for all. */
    get: (client?: ClientCode): FaultSet => (client === undefined ? forAll : (own.get(client) ?? {})),
    /** A client code is dropped: its faults and its counts are gone. */
    forget(client: ClientCode): void {
      own.delete(client);
      restart(client);
    },
    /** Whether a call of this kind could draw a fault at all. */
    concerns(client: ClientCode, operation: Occasion): boolean {
      return Object.values(inForce(client)).some((settings: When | undefined) => settings?.on.includes(operation));
    },
    /** Counts one more occurrence of this content and draws for it. */
    draw({ client, operation, content }: FaultCall) {
      const set = inForce(client);
      const occurrence = sent.count(client, `${operation}/${content}`);
      return FAULT_NAMES.flatMap((name) => {
        const settings: When | undefined = set[name];
        if (settings?.on.includes(operation) !== true || !content.startsWith(settings.content ?? '')) return [];
        const counted = settings.per === 'content' ? `${name}/${content}` : name;
        const isUsedUp = () => settings.times !== undefined && fired.of(client, counted) >= settings.times;
        if (isUsedUp()) return [];
        const random = randomFor(seed, 'faults', `${client}/${operation}/${content}/${occurrence}/${name}`);
        if (random.next() >= settings.probability) return [];
        const fault: Fault = FAULTS[name];
        const effect = fault.effect(settings, random);
        /** Counts it; false where `times` was used up since it was drawn. */
        const fire = () => {
          if (isUsedUp()) return false;
          fired.count(client, counted);
          return true;
        };
        return [{ name, effect, fire }];
      });
    },
    /** Remembers what is asked for and what was counted; the returned function puts both back. */
    remember(): () => void {
      const kept = { forAll, own: [...own] };
      const recalls = [sent.remember(), fired.remember()];
      return () => {
        ({ forAll } = kept);
        own.clear();
        for (const [client, set] of kept.own) own.set(client, set);
        for (const recall of recalls) recall();
      };
    },
  };
}
