/** The frame of every page: where one can go, whether the emulator answers, and what is going wrong on purpose. */
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks';
import { ask, type Clients, type FaultSet, type Health, Refused } from './control-api.ts';
import { useAsked, useConnected } from './live.ts';
import { Problem } from './parts/empty.tsx';
import { Icon } from './parts/icon.tsx';
import { Page } from './page.tsx';
import { LockedPage } from './pages/locked.tsx';
import { setTheme, type Theme, toggleMasked, usePreferences } from './preferences.ts';
import { href, type Route, useRoute } from './route.ts';

const PLACES = [
  ['', 'Overview', 'overview'],
  ['batches', 'Batches', 'batches'],
  ['compare', 'Compare', 'compare'],
  ['traffic', 'Traffic', 'traffic'],
  ['try', 'Try it', 'try'],
  ['switches', 'Switches', 'switches'],
  ['rules', 'Rules', 'rules'],
] as const;

export function Shell() {
  const route = useRoute();
  const isPresented = route.query.get('present') !== null;
  useEffect(() => {
    document.documentElement.classList.toggle('presenting', isPresented);
  }, [isPresented]);
  const { error } = useAsked('clients', (signal) => ask<Clients>('clients', signal));
  const isLocked = error instanceof Refused && error.code === 'control-token';
  const [isHelping, setHelping] = useState(false);
  useShortcuts(() => setHelping(true));
  const place = route.path.join('/');
  const isFirst = useRef(true);
  // Another page begins at its top, and a screen reader begins there too.
  useEffect(() => {
    if (!isFirst.current) {
      scrollTo(0, 0);
      document.querySelector('main')?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [place]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), document.querySelector('main')?.focus())}
      >
        Skip to the page
      </a>
      <Header route={route} isLocked={isLocked} help={() => setHelping(true)} />
      {!isLocked && <FaultBanner />}
      <main id="main" tabIndex={-1}>
        {isLocked ? <LockedPage /> : <Guarded key={place} route={route} />}
      </main>
      {isHelping && <Keys close={() => setHelping(false)} />}
    </>
  );
}

interface HeaderProps {
  readonly route: Route;
  readonly isLocked: boolean;
  readonly help: () => void;
}

function Header({ route, isLocked, help }: HeaderProps) {
  const health = useAsked('health', (signal) => ask<Health>('health', signal), ['state']).value;
  const place = placeOf(route);
  return (
    <header class="top">
      <a class="brand" href={href([])}>
        <Icon name="mark" />
        <span>
          target-profile-emulator <small>{health?.version}</small>
        </span>
      </a>
      <nav aria-label="Pages">
        {PLACES.map(([path, name, icon]) => (
          <a
            key={path}
            href={href(path === '' ? [] : [path])}
            title={`${name} (g ${keyOf(path)})`}
            aria-current={place === path ? 'page' : undefined}
          >
            <Icon name={icon} />
            <span>{name}</span>
          </a>
        ))}
      </nav>
      <Tools isLocked={isLocked} help={help} />
    </header>
  );
}

/** A batch, a profile and a client code are found by way of the overview. */
const placeOf = ({ path: [first = '', , third] }: Route) =>
  first === 'c' ? (third === 'switches' ? 'switches' : '') : first === 'snapshots' ? 'switches' : first;

function Tools({ isLocked, help }: Omit<HeaderProps, 'route'>) {
  const { theme, masked } = usePreferences();
  const isConnected = useConnected();
  const next: Theme = theme === 'auto' ? 'dark' : theme === 'dark' ? 'light' : 'auto';
  return (
    <div class="tools">
      <span class={isConnected || isLocked ? 'live' : 'live lost'} role="status">
        {isLocked ? 'locked' : isConnected ? 'live' : 'connection lost, trying again'}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-pressed={masked}
        title="Mask personal values (m)"
        onClick={toggleMasked}
      >
        <Icon name={masked ? 'masked' : 'shown'} />
        <span class="hidden">Mask personal values</span>
      </button>
      <button type="button" class="icon-button" title="Keys (?)" onClick={help}>
        <span aria-hidden="true">?</span>
        <span class="hidden">Keys</span>
      </button>
      <button
        type="button"
        class="icon-button"
        title={`Colours: ${theme}. Press for ${next}.`}
        onClick={() => setTheme(next)}
      >
        <Icon name={theme === 'auto' ? 'auto' : theme} />
        <span class="hidden">Colours: {theme}</span>
      </button>
    </div>
  );
}

function FaultBanner() {
  const everywhere = useAsked('faults', (signal) => ask<FaultSet>('faults', signal), ['state']).value ?? {};
  const clients =
    useAsked('clients', (signal) => ask<Clients>('clients', signal), ['state', 'batches'], 3_000).value?.clients ?? [];
  const codes = clients.slice(0, CLIENTS_ASKED_MAX).map(({ client }) => client);
  const own = useAsked(`faults ${codes.join(' ')}`, (signal) => faultsOf(codes, signal), ['state']).value ?? [];
  const inForce = [
    ...(Object.keys(everywhere).length > 0 ? [{ client: undefined, names: Object.keys(everywhere) }] : []),
    ...own.filter(({ names }) => names.length > 0),
  ];
  if (inForce.length === 0) return null;
  return (
    <div class="faults-banner" role="status">
      <Icon name="fault" />
      <strong>Faults in force</strong>
      {inForce.map(({ client, names }) => (
        <a key={client ?? ''} href={client === undefined ? href(['switches']) : href(['c', client, 'switches'])}>
          {names.join(', ')} {client === undefined ? 'for every client code' : `for ${client}`}
        </a>
      ))}
    </div>
  );
}

/** Of more client codes the banner would be no banner. */
const CLIENTS_ASKED_MAX = 20;

async function faultsOf(codes: readonly string[], signal: AbortSignal) {
  const sets = await Promise.all(
    codes.map((code) => ask<FaultSet>(`clients/${encodeURIComponent(code)}/faults`, signal)),
  );
  return codes.map((client, index) => ({ client, names: Object.keys(sets[index] ?? {}) }));
}

/** A page that fails says so, and the frame leads away from it. */
function Guarded({ route }: { readonly route: Route }) {
  const [failure] = useErrorBoundary();
  if (failure === undefined) return <Page route={route} />;
  return <Problem error={new Error(`This page failed, which is a bug of ours: ${String(failure)}`)} />;
}

/** `g` and then the first letter: `g o` for the overview. */
const keyOf = (path: string) => (path === '' ? 'o' : path === 'try' ? 'y' : path.charAt(0));

const KEYS = [
  ['g', 'and the first letter of a page: go there (o, b, c, t; y for Try it, s, r)'],
  ['/', 'search, where a page can be searched'],
  ['↑ ↓', 'from row to row of a batch'],
  ['m', 'mask personal values, or show them'],
  ['Esc', 'end the presentation, close this'],
] as const;

function Keys({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <dl class="pairs">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}

function useShortcuts(help: () => void): void {
  useEffect(() => {
    let isGoing = false;
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const place = isGoing ? PLACES.find(([path]) => keyOf(path) === event.key) : undefined;
      isGoing = event.key === 'g';
      if (place !== undefined) location.hash = href(place[0] === '' ? [] : [place[0]]);
      else if (event.key === '?') help();
      else if (event.key === 'm') toggleMasked();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('input[type=search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
