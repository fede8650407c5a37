import { StatusDot } from '@quarterdeck/ui';
import {
  IconApps,
  IconCpu,
  IconHistory,
  IconHome,
  IconListSearch,
  IconRocket,
  IconSearch,
  IconServer2,
  IconStack2,
  IconTemplate,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { meQuery, providersQuery, SetupPage, SignInPage, UserMenu } from '../features/identity/index.ts';
import { useLiveState } from '../platform/live.ts';
import { KeyMap } from './failures.tsx';
import { Palette } from './palette.tsx';
import { t } from './shell.messages.ts';
import { applyTheme, storedTheme, type Theme, themes } from './theme.ts';
import { titleOf } from './title.ts';

const groups = [
  { title: undefined, items: [{ to: '/', label: 'Home', icon: IconHome, key: 'h' }] },
  {
    title: 'Deliver',
    items: [
      { to: '/applications', label: 'Applications', icon: IconApps, key: 'a' },
      { to: '/releases', label: 'Releases', icon: IconRocket, key: 'r' },
      { to: '/templates', label: 'Templates', icon: IconTemplate, key: 't' },
    ],
  },
  {
    title: 'Fleet',
    items: [
      { to: '/clusters', label: 'Clusters', icon: IconServer2, key: 'c' },
      { to: '/workloads', label: 'Workloads', icon: IconStack2, key: 'w' },
      { to: '/nodes', label: 'Nodes', icon: IconCpu, key: 'n' },
      { to: '/inventory', label: 'Inventory', icon: IconListSearch, key: 'i' },
    ],
  },
  { title: 'Govern', items: [{ to: '/audit', label: 'Audit', icon: IconHistory, key: 'u' }] },
] as const;

/** The frame of every page, and the gate before it: claim, sign-in, or the portal. */
export function Shell() {
  const me = useQuery(meQuery);
  const providers = useQuery(providersQuery);
  const user = me.data?.user.id;
  const [entered, setEntered] = useState<string | undefined>();
  useEffect(() => {
    if (user === undefined || user === entered) return;
    // Nothing of what one person saw is left for the next.
    if (entered !== undefined) location.assign('/');
    setEntered(user);
  }, [user, entered]);
  if (providers.data?.claimed === false) return <SetupPage />;
  if (me.isPending || providers.isPending) return null;
  if (user === undefined && entered === undefined) return <SignInPage unreachable={me.isError} />;
  // A session that ended is renewed over the page, which keeps what was typed.
  return (
    <>
      <Frame inert={user === undefined} />
      {user !== undefined ? null : (
        <div className="overlay">
          <SignInPage unreachable={false} note={t.sessionEnded} />
        </div>
      )}
    </>
  );
}

function Frame({ inert }: { inert: boolean }) {
  const [layer, setLayer] = useState<'palette' | 'keys' | undefined>();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    document.title = titleOf(path);
  }, [path]);
  useEffect(() => {
    let chord = false;
    function onKey(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        setLayer('palette');
        return;
      }
      const inField =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [role=dialog]') !== null;
      if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '?') setLayer('keys');
      if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]');
        if (filter !== null) {
          event.preventDefault();
          filter.focus();
        }
      }
      const target = chord
        ? groups.flatMap((group) => [...group.items]).find((item) => item.key === event.key)
        : undefined;
      chord = event.key === 'g';
      if (target !== undefined) void navigate({ to: target.to });
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
  return (
    <div className="frame" inert={inert}>
      <header className="topbar">
        <Link to="/" className="mark">
          <Mark />
          Quarterdeck
        </Link>
        <button type="button" className="search-button" onClick={() => setLayer('palette')}>
          <IconSearch size={16} aria-hidden="true" /> {t.search} <kbd>Ctrl+K</kbd>
        </button>
        <span className="grow" />
        <LiveChip />
        <ThemeSelect />
        <UserMenu />
      </header>
      <Rail />
      <main className="page">
        <div className="inner">
          <Outlet />
        </div>
      </main>
      {layer === 'palette' ? <Palette onClose={() => setLayer(undefined)} /> : null}
      {layer === 'keys' ? <KeyMap onClose={() => setLayer(undefined)} /> : null}
    </div>
  );
}

function Rail() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav className="rail" aria-label={t.main}>
      {groups.map((group) => (
        <div key={group.title ?? 'home'}>
          {group.title === undefined ? null : <h2>{group.title}</h2>}
          {group.items.map(({ to, label, icon: Icon, key }) => {
            const active = to === '/' ? path === '/' : path.startsWith(to);
            return (
              <Link
                key={to}
                to={to}
                className={active ? 'active' : ''}
                title={`g ${key}`}
                aria-current={active ? 'page' : undefined}
              >
                <Icon size={18} aria-hidden="true" /> {label}
              </Link>
            );
          })}
        </div>
      ))}
    </nav>
  );
}

/** Three quarter arcs, the clusters, round a dot, the helm. */
function Mark() {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="3"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M12 3a9 9 0 0 1 9 9M21 12a9 9 0 0 1-9 9M12 21a9 9 0 0 1-9-9" />
      <circle cx="12" cy="12" r="2.5" fill="currentColor" stroke="none" />
    </svg>
  );
}

function LiveChip() {
  const open = useLiveState();
  return (
    <span role="status">
      {open ? <StatusDot status="healthy">{t.live}</StatusDot> : <StatusDot status="stale">{t.reconnecting}</StatusDot>}
    </span>
  );
}

function ThemeSelect() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <select
      aria-label={t.theme}
      className="theme-select"
      value={theme}
      onChange={(event) => {
        applyTheme(event.target.value as Theme);
        setTheme(event.target.value as Theme);
      }}
    >
      {themes.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
