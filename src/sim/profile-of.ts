/** A profile of the emulator, by an id that need not be legal: the model has none of such an id, the handle refuses it. */
import type { KnownId } from '../protocol/vocabulary/index.ts';
import type { Emulator, StoredProfile } from '../server/index.ts';

export function profileOf(emulator: Pick<Emulator, 'profile'>, client: string, id: KnownId): StoredProfile | undefined {
  try {
    return emulator.profile(client, id);
  } catch (error) {
    // By types, nothing but the id's value can be wrong here.
    if (error instanceof Error && error.name === 'ZodError') return undefined;
    throw error;
  }
}
