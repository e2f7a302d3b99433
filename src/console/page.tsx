/** Which page an address stands for. */
import { useEffect } from 'preact/hooks';
import { BatchPage } from './pages/batch.tsx';
import { BatchesPage } from './pages/batches.tsx';
import { ClientPage } from './pages/client.tsx';
import { ComparePage } from './pages/compare.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { ProfilePage } from './pages/profile.tsx';
import { RulesPage } from './pages/rules.tsx';
import { SnapshotsPage } from './pages/snapshots.tsx';
import { SourcesPage } from './pages/sources.tsx';
import { SwitchesPage } from './pages/switches.tsx';
import { TrafficPage } from './pages/traffic.tsx';
import { TryPage } from './pages/try-it.tsx';
import { Empty } from './parts/empty.tsx';
import { href, type Route } from './route.ts';

export function Page({ route }: { readonly route: Route }) {
  const [title, page] = pageOf(route);
  useEffect(() => {
    document.title = `${title} · target-profile-emulator`;
  }, [title]);
  return page;
}

function pageOf(route: Route) {
  const [first, second, third, kind, id] = route.path;
  switch (first) {
    case undefined:
      return ['Overview', <OverviewPage />] as const;
    case 'batches':
      if (second === undefined) return ['Batches', <BatchesPage route={route} />] as const;
      return [`Batch ${second}`, <BatchPage key={second} batchId={second} route={route} />] as const;
    case 'c':
      if (second === undefined) break;
      if (third === undefined) return [second, <ClientPage key={second} client={second} />] as const;
      if (third === 'switches')
        return [`Switches of ${second}`, <SwitchesPage key={second} client={second} route={route} />] as const;
      if (third === 'sources')
        return [`Sources of ${second}`, <SourcesPage key={second} client={second} route={route} />] as const;
      if (third !== 'profiles' || kind === undefined || id === undefined) break;
      return ['Profile', <ProfilePage key={`${second} ${kind} ${id}`} client={second} kind={kind} id={id} />] as const;
    case 'compare':
      return ['Compare', <ComparePage route={route} />] as const;
    case 'traffic':
      return ['Traffic', <TrafficPage route={route} />] as const;
    case 'rules':
      return ['Rules', <RulesPage route={route} />] as const;
    case 'try':
      return ['Try it', <TryPage route={route} />] as const;
    case 'switches':
      return ['Switches', <SwitchesPage client={undefined} route={route} />] as const;
    case 'snapshots':
      return ['Snapshots', <SnapshotsPage />] as const;
  }
  return [
    'Not here',
    <Empty title="There is no such page" isPage>
      The address leads nowhere. <a href={href([])}>Back to the overview</a>
    </Empty>,
  ] as const;
}
