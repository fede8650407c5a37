import { IconLayoutSidebar } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import type { Attention } from '../platform/attention.ts';
import { navigationFor } from './navigation.ts';
import { t } from './shell.messages.ts';

const storageKey = 'quarterdeck.rail';

/** Whether the menu shows words or icons alone; kept in this browser. */
export function useFolded(): readonly [boolean, () => void] {
  const [folded, setFolded] = useState(() => localStorage.getItem(storageKey) === 'folded');
  return [
    folded,
    () => {
      localStorage.setItem(storageKey, folded ? 'open' : 'folded');
      setFolded(!folded);
    },
  ];
}

/** The menu: groups, with a badge where something needs the reader. */
export function Rail(props: {
  permissions: readonly string[];
  attention: Readonly<Record<'deliver' | 'fleet', readonly Attention[]>>;
  /** Releases that wait for the reader. */
  decisions: number;
  folded: boolean;
  onFold: () => void;
}) {
  const { folded } = props;
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav className={`rail ${folded ? 'folded' : ''}`} aria-label={t.main}>
      <div className="grow">
        {navigationFor(props.permissions).map((group) => (
          <div key={group.title ?? 'home'}>
            {group.title === undefined ? null : (
              <h2>
                <span className={folded ? 'visually-hidden' : ''}>{group.title}</span>
                {group.badge === undefined ? null : <Badge needs={props.attention[group.badge]} />}
              </h2>
            )}
            {group.items.map(({ to, label, icon: Icon, key }) => {
              const active = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
              const decisions = to === '/releases' ? props.decisions : 0;
              const words = decisions === 0 ? label : `${label}, ${t.decisions(decisions)}`;
              return (
                <Link
                  key={to}
                  to={to}
                  className={active ? 'active' : ''}
                  title={folded ? `${words} (g ${key})` : `g ${key}`}
                  aria-label={folded ? words : undefined}
                  aria-current={active ? 'page' : undefined}
                >
                  <Icon size={18} aria-hidden="true" />
                  {folded ? null : label}
                  {folded || decisions === 0 ? null : (
                    <span className="need waiting">
                      <span aria-hidden="true">{decisions > 99 ? '99+' : decisions}</span>
                      <span className="visually-hidden">{t.decisions(decisions)}</span>
                    </span>
                  )}
                </Link>
              );
            })}
          </div>
        ))}
      </div>
      <button
        type="button"
        className="rail-fold"
        aria-label={folded ? t.unfold : t.fold}
        title={folded ? t.unfold : t.fold}
        onClick={props.onFold}
      >
        <IconLayoutSidebar size={18} aria-hidden="true" />
      </button>
    </nav>
  );
}

/** How much needs the reader, coloured by the worst of it; nothing where nothing does. */
function Badge({ needs }: { needs: readonly Attention[] }) {
  const worst = needs[0]?.severity;
  if (worst === undefined) return null;
  return (
    <span className={`need ${needs.some((need) => need.severity === 'failed') ? 'failed' : worst}`}>
      <span aria-hidden="true">{needs.length > 99 ? '99+' : needs.length}</span>
      <span className="visually-hidden">{t.needs(needs.length)}</span>
    </span>
  );
}
