/** Which faults are asked for, how often they fired, and what a call draws: one emulator's, in memory. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { randomFor } from '../runtime/random.ts';
import { FAULTS, type FaultName, type FaultSet } from './fault-set.ts';
import type { FaultEffect, Operation, When } from './fault.ts';

/** Client codes with faults of their own; more are refused, since forgetting one would let its test pass. */
export const FAULTED_CLIENTS_MAX = 10_000;

/** Contents whose occurrences are counted; the one seen longest ago is forgotten, and counts from its first again. */
const OCCURRENCES_MAX = 100_000;

/** The call that draws. `content` is a digest of what was sent, so that a draw belongs to it and not to its turn. */
export interface FaultCall {
  readonly client: ClientCode;
  readonly operation: Operation;
  readonly content: string;
}

/** A fault that a call has drawn. */
export interface ArmedFault {
  readonly name: FaultName;
  readonly effect: FaultEffect;
  /** Counts it; false where `times` was used up since it was drawn. */
  fire(): boolean;
}

export interface FaultBook {
  /** Of a client code, or those for all; what was counted there counts anew. */
  set(faults: FaultSet, client?: ClientCode): 'set' | 'too-many-clients';
  /** As they were set: a client code's own, or those for all. */
  get(client?: ClientCode): FaultSet;
  /** A client code is dropped: its faults and its counts are gone. */
  forget(client: ClientCode): void;
  /** Whether a call of this kind could draw a fault at all. */
  concerns(client: ClientCode, operation: Operation): boolean;
  /** Counts one more occurrence of this content and draws for it. */
  draw(call: FaultCall): readonly ArmedFault[];
}

export function faultBook(seed: number, clientsMax = FAULTED_CLIENTS_MAX): FaultBook {
  let forAll: FaultSet = {};
  const own = new Map<ClientCode, FaultSet>();
  let occurrences = boundedCounts(OCCURRENCES_MAX);
  let fired = boundedCounts(OCCURRENCES_MAX);

  const restart = (client: ClientCode | undefined) => {
    if (client === undefined) {
      occurrences = boundedCounts(OCCURRENCES_MAX);
      fired = boundedCounts(OCCURRENCES_MAX);
    } else {
      occurrences.forget(client);
      fired.forget(client);
    }
  };
  /** A fault of the client code's own replaces the one of the same name that is for all. */
  const inForce = (client: ClientCode): FaultSet => ({ ...forAll, ...own.get(client) });

  return {
    set(faults, client) {
      if (client === undefined) forAll = faults;
      else if (Object.keys(faults).length === 0) own.delete(client);
      else if (own.has(client) || own.size < clientsMax) own.set(client, faults);
      else return 'too-many-clients';
      restart(client);
      return 'set';
    },
    get: (client) => (client === undefined ? forAll : (own.get(client) ?? {})),
    forget(client) {
      own.delete(client);
      restart(client);
    },
    concerns(client, operation) {
      return Object.values(inForce(client)).some((settings: When | undefined) => settings?.on.includes(operation));
    },
    draw({ client, operation, content }) {
      const set = inForce(client);
      const occurrence = occurrences.count(client, `${operation}/${content}`);
      return FAULTS.flatMap((fault): ArmedFault[] => {
        const name = fault.name as FaultName;
        const settings: When | undefined = set[name];
        if (settings === undefined || !concernsCall(settings, operation, content)) return [];
        const counted = settings.per === 'content' ? `${name}/${content}` : name;
        const isUsedUp = () => settings.times !== undefined && fired.of(client, counted) >= settings.times;
        if (isUsedUp()) return [];
        const random = randomFor(seed, 'faults', `${client}/${operation}/${content}/${occurrence}/${name}`);
        if (random.next() >= settings.probability) return [];
        const effect = fault.effect(settings, random);
        const fire = () => {
          if (isUsedUp()) return false;
          fired.count(client, counted);
          return true;
        };
        return [{ name, effect, fire }];
      });
    },
  };
}

function concernsCall(settings: When, operation: Operation, content: string): boolean {
  return settings.on.includes(operation) && (settings.content === undefined || content.startsWith(settings.content));
}

/** Counts by client code and key, as many as `max`. */
function boundedCounts(max: number) {
  const counts = new Map<string, number>();
  const keyOf = (client: ClientCode, key: string) => `${client}/${key}`;
  return {
    of: (client: ClientCode, key: string) => counts.get(keyOf(client, key)) ?? 0,
    /** How often before; counts this time too. */
    count(client: ClientCode, key: string): number {
      const text = keyOf(client, key);
      const before = counts.get(text) ?? 0;
      counts.delete(text);
      counts.set(text, before + 1);
      if (counts.size > max) counts.delete(counts.keys().next().value!);
      return before;
    },
    /** Client codes hold no slash. */
    forget(client: ClientCode) {
      for (const text of counts.keys()) if (text.startsWith(`${client}/`)) counts.delete(text);
    },
  };
}
