/** One client code of an emulator, with nothing of the others in sight. */
import type { Progression, Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import type { Emulator } from './emulator.ts';
import type { ProfileExplanation } from './explain/explain-profile.ts';
import type { FaultSet, GivenFaults } from './faults/fault-set.ts';
import type { SeedProfile } from './http/seed-profiles.ts';
import type { Expectation } from './journal/expectation.ts';
import type { GivenSettings } from './options.ts';
import type { JournalFilter, JournalPage } from './store/journal-entries.ts';
import type { BatchRecord, StoredProfile, VisitResult } from './store/store.ts';

/** What `emulator.client()` gives: the emulator's methods for one client code, which is the path segment of its requests. */
export interface ClientHandle {
  readonly code: string;
  readonly faults: ClientFaults;
  readonly journal: ClientJournal;
  seedProfiles(profiles: readonly SeedProfile[]): Promise<void>;
  profile(id: VisitorId): StoredProfile | undefined;
  explain(id: VisitorId, attribute?: string): ProfileExplanation | undefined;
  batches(): readonly BatchRecord[];
  visit(ids: { readonly pcId?: string; readonly thirdPartyId?: string }): Promise<VisitResult>;
  setPace(pace: Progression): Promise<void>;
  setSettings(changes: GivenSettings): Promise<Settings>;
  release(): Promise<void>;
  drop(): Promise<void>;
}

/** `emulator.faults` for one client code: its own set, which nobody else sees. */
export interface ClientFaults {
  /**
   * Replaces the client code's own faults; `{}` means none of its own.
   *
   * @example
   * client.faults.set({ status: { code: 503, times: 2 } });
   */
  set(faults: GivenFaults): void;
  get(): FaultSet;
}

/** `emulator.journal` for one client code: what was asked in its name, and nothing else. */
export interface ClientJournal {
  read(query?: Omit<JournalFilter, 'client'> & { readonly limit?: number; readonly cursor?: string }): JournalPage;
  /**
   * @example
   * client.journal.verify({ operation: 'submit', status: 503, times: 2 });
   */
  verify(expectation?: Omit<Expectation, 'client'>): number;
  clear(): void;
}

export function clientHandle(emulator: Emulator, code: string): ClientHandle {
  return {
    code,
    faults: {
      set: (faults) => emulator.faults.set(faults, code),
      get: () => emulator.faults.get(code),
    },
    journal: {
      // The client code comes last: a caller without types cannot look at another's.
      read: (query) => emulator.journal.read({ ...query, client: code }),
      verify: (expectation) => emulator.journal.verify({ ...expectation, client: code }),
      clear: () => emulator.journal.clear(code),
    },
    seedProfiles: (profiles) => emulator.seedProfiles(code, profiles),
    profile: (id) => emulator.profile(code, id),
    explain: (id, attribute) => emulator.explain(code, id, attribute),
    batches: () => emulator.batches(code),
    visit: (ids) => emulator.visit(code, ids),
    setPace: (pace) => emulator.setPace(code, pace),
    setSettings: (changes) => emulator.setSettings(code, changes),
    release: () => emulator.release(code),
    drop: () => emulator.dropClient(code),
  };
}
