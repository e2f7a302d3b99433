/** Settings as stored text. Thousands of batches share a few texts: each is parsed once. */
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';

export interface StoredSettings {
  read(text: string): Settings;
}

export const writeSettingsText = (settings: Settings): string => JSON.stringify(settings);

export function storedSettings(): StoredSettings {
  const parsed = new Map<string, Settings>();
  return {
    read(text) {
      const known = parsed.get(text);
      if (known !== undefined) return known;
      if (parsed.size === TEXTS_MAX) parsed.delete(parsed.keys().next().value!);
      // A setting that is newer than the database has its default.
      const settings: Settings = Object.freeze({ ...DEFAULT_SETTINGS, ...(JSON.parse(text) as Partial<Settings>) });
      parsed.set(text, settings);
      return settings;
    },
  };
}

const TEXTS_MAX = 64;
