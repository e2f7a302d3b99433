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
  /** Nearly always the one before: to compare two texts costs less than to find one in a map. */
  let last: { readonly text: string; readonly settings: Settings } | undefined;
  const texts = new WeakMap<Settings, string>();
  return {
    read(text: string): Settings {
      if (text === last?.text) return last.settings;
      const settings = parsed.get(text) ?? Object.freeze(settingsOf(text));
      last = { text, settings };
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
