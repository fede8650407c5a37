import type { Me } from '@quarterdeck/contracts';
import { IconRocket, IconSearch } from '@tabler/icons-react';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useMyDecisions } from '../features/releases/index.ts';
import { useResolvedScope } from '../platform/cluster-sets.ts';
import { reach } from '../platform/milestones.ts';
import { createNotices } from '../platform/notices.ts';
import { isNarrowed, lastScope, searchOf } from '../platform/scope.ts';
import { useTasks } from '../platform/tasks.ts';
import { AccountMenu } from './account-menu.tsx';
import { Bell, NoticeToasts } from './bell.tsx';
import { KeyMap } from './failures.tsx';
import { FleetChip } from './fleet-chip.tsx';
import { Mark } from './mark.tsx';
import { Rail, useFolded } from './rail.tsx';
import { remember } from './recents.ts';
import { ScopeBar } from './scope-bar.tsx';
import { t } from './shell.messages.ts';
import { TaskTray } from './task-tray.tsx';
import { titleOf } from './title.ts';
import { useAttention } from './use-attention.ts';
import { useKeys } from './use-keys.ts';
import { milestoneAt } from './welcome-steps.ts';

const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const copiedMs = 2000;

/** The frame of every page. */
export function Frame({ me, inert }: { me: Me; inert: boolean }) {
  const [layer, setLayer] = useState<'palette' | 'keys' | undefined>();
  const [folded, fold] = useFolded();
  const [notices] = useState(() => createNotices(localStorage, `quarterdeck.notices.${me.user.id}`));
  const attention = useAttention(me.permissionsSomewhere);
  const decisions = useMyDecisions(useResolvedScope());
  const [copied, setCopied] = useState(false);
  useTitle();
  useMilestones();
  useLastScope();
  useKeys({
    palette: () => setLayer('palette'),
    keyMap: () => setLayer('keys'),
    copyLink: () => void navigator.clipboard.writeText(location.href).then(() => setCopied(true)),
  });
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), copiedMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const close = () => setLayer(undefined);
  return (
    <div className={`frame ${folded ? 'folded' : ''}`} inert={inert}>
      <a href="#page" className="skip">
        {t.skip}
      </a>
      <header className="topbar">
        <Link to="/" className="mark">
          <Mark />
          <span>{t.product}</span>
        </Link>
        <ScopeBar />
        <button type="button" className="search-button" onClick={() => setLayer('palette')}>
          <IconSearch size={16} aria-hidden="true" /> <span className="clip">{t.search}</span> <kbd>{t.searchKeys}</kbd>
        </button>
        <span className="grow" />
        <span role="status" className="copied">
          {copied ? t.linkCopied : ''}
        </span>
        {me.permissionsSomewhere.includes('releases:create') ? (
          <Link to="/applications" className="button primary deploy-button">
            <IconRocket size={16} aria-hidden="true" /> <span>{t.deploy}</span>
          </Link>
        ) : null}
        <FleetChip />
        <TaskTray notices={notices} />
        <Bell notices={notices} />
        <AccountMenu name={me.user.displayName} onKeys={() => setLayer('keys')} />
      </header>
      <Rail
        permissions={me.permissionsSomewhere}
        attention={attention}
        decisions={decisions.length}
        folded={folded}
        onFold={fold}
      />
      <main className="page" id="page" tabIndex={-1}>
        <div className="inner">
          <Outlet />
        </div>
      </main>
      <NoticeToasts notices={notices} />
      {layer === 'palette' ? (
        <Suspense>
          <Palette me={me} onClose={close} />
        </Suspense>
      ) : null}
      {layer === 'keys' ? <KeyMap onClose={close} /> : null}
    </div>
  );
}

/** The tab says what is open, and how much of one's own work runs. */
function useTitle(): void {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const href = useRouterState({ select: (state) => state.location.href });
  const running = useTasks().length;
  useEffect(() => {
    const title = titleOf(path);
    document.title = running === 0 ? title : `(${running}) ${title}`;
    remember({ title: title.replace(/ · Quarterdeck$/, ''), to: href });
  }, [path, href, running]);
}

/** Steps that only look are done by going there. */
function useMilestones(): void {
  const href = useRouterState({ select: (state) => state.location.href });
  useEffect(() => {
    const milestone = milestoneAt(href);
    if (milestone !== undefined) reach(milestone);
  }, [href]);
}

/** Opened bare, the portal goes on with the scope that was used last. */
function useLastScope(): void {
  const navigate = useNavigate();
  const [bare] = useState(() => location.pathname === '/' && location.search === '');
  useEffect(() => {
    const last = lastScope();
    if (bare && isNarrowed(last)) void navigate({ to: '/', search: searchOf(last) as never, replace: true });
  }, [bare, navigate]);
}
