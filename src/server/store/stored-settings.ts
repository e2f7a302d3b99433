/** Stored texts that thousands of rows share: each is parsed once, and written once while what it says lives. */
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

export type StoredSettings = ReturnType<typeof storedSettings>;

export function storedSettings() {
  const texts = new WeakMap<Settings, string>();
  return {
    /** A setting that is newer than the database has its default. */
    read: parsedTexts((stored): Settings => Object.freeze({ ...DEFAULT_SETTINGS, ...stored })),
    write(settings: Settings): string {
      const text = texts.get(settings) ?? JSON.stringify(settings);
      texts.set(settings, text);
      return text;
    },
  };
}

export function parsedTexts<Value>(valueOf: (stored: object) => Value): (text: string) => Value {
  const parsed = new BoundedMap<string, Value>(TEXTS_MAX);
  /** Nearly always the one before: to compare two texts costs less than to find one in a map. */
  let last: { readonly text: string; readonly value: Value } | undefined;
  return (text) => {
    if (text === last?.text) return last.value;
    const value = parsed.get(text) ?? valueOf(JSON.parse(text) as object);
    last = { text, value };
    parsed.set(text, value);
    return value;
  };
}

const TEXTS_MAX = 64;
