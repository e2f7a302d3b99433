/** Settings as stored text. Thousands of batches share a few texts: each is parsed once, and written once while it lives. */
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

export type StoredSettings = ReturnType<typeof storedSettings>;

/** A setting that is newer than the database has its default. */
const settingsOf = (text: string): Settings => ({
  ...DEFAULT_SETTINGS,
  ...(JSON.parse(text) as Partial<Settings>),
});

export function storedSettings() {
  const parsed = new BoundedMap<string, Settings>(TEXTS_MAX);
  const texts = new WeakMap<Settings, string>();
  return {
    read(text: string): Settings {
      const known = parsed.get(text);
      if (known !== undefined) return known;
      const settings = Object.freeze(settingsOf(text));
      parsed.set(text, settings);
      return settings;
    },
    write(settings: Settings): string {
      const known = texts.get(settings);
      if (known !== undefined) return known;
      const text = JSON.stringify(settings);
      texts.set(settings, text);
      return text;
    },
  };
}

const TEXTS_MAX = 64;
