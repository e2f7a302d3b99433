/** One client code of an emulator, with nothing of the others in sight. */
import type { Progression, VisitorId } from '../protocol/vocabulary/index.ts';
import type { Emulator } from './emulator.ts';
import type { SeedProfile } from './http/seed-profiles.ts';
import type { BatchRecord, StoredProfile, VisitResult } from './store/store.ts';

/** What `emulator.client()` gives: the emulator's methods for one client code, which is the path segment of its requests. */
export interface ClientHandle {
  readonly code: string;
  seedProfiles(profiles: readonly SeedProfile[]): Promise<void>;
  profile(id: VisitorId): StoredProfile | undefined;
  batches(): readonly BatchRecord[];
  visit(ids: { readonly pcId?: string; readonly thirdPartyId?: string }): Promise<VisitResult>;
  setPace(pace: Progression): Promise<void>;
  release(): Promise<void>;
  drop(): Promise<void>;
}

export function clientHandle(emulator: Emulator, code: string): ClientHandle {
  return {
    code,
    seedProfiles: (profiles) => emulator.seedProfiles(code, profiles),
    profile: (id) => emulator.profile(code, id),
    batches: () => emulator.batches(code),
    visit: (ids) => emulator.visit(code, ids),
    setPace: (pace) => emulator.setPace(code, pace),
    release: () => emulator.release(code),
    drop: () => emulator.dropClient(code),
  };
}
