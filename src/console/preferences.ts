/** What a reader likes, kept in the browser: colours, and whether personal values are masked. */
import { useEffect, useState } from 'preact/hooks';

export type Theme = 'auto' | 'light' | 'dark';

interface Preferences {
  readonly theme: Theme;
  readonly masked: boolean;
}

const KEY = 'target-profile-emulator';
const listeners = new Set<() => void>();
let preferences: Preferences = read();
let isPresenting = false;
let isShownInPresentation = false;

export function usePreferences(): Preferences {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listen = () => redraw((count) => count + 1);
    listeners.add(listen);
    return () => void listeners.delete(listen);
  }, []);
  return { ...preferences, masked: isPresenting ? !isShownInPresentation : preferences.masked };
}

export function setTheme(theme: Theme): void {
  change({ ...preferences, theme });
}

export function toggleMasked(): void {
  if (isPresenting) {
    isShownInPresentation = !isShownInPresentation;
    tellAll();
  } else change({ ...preferences, masked: !preferences.masked });
}

/** At a projector values are masked until somebody asks for them. */
export function present(presenting: boolean): void {
  isPresenting = presenting;
  isShownInPresentation = false;
  tellAll();
}

function change(changed: Preferences): void {
  preferences = changed;
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A page opened from a file may keep nothing.
  }
  tellAll();
}

function tellAll(): void {
  applyTheme();
  for (const listener of listeners) listener();
}

export function applyTheme(): void {
  const { theme } = preferences;
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

function read(): Preferences {
  const fallback: Preferences = { theme: 'auto', masked: false };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>;
    const theme = kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'auto';
    return { theme, masked: kept.masked === true };
  } catch {
    return fallback;
  }
}
