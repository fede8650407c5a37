import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/** What lists are about: kept in the URL by the root route; what is absent is not narrowed. */
export type Scope = { project: readonly string[]; env: readonly string[]; clusters: readonly string[] };

export const scopeKeys = ['project', 'env', 'clusters'] as const;
export type ScopeKey = (typeof scopeKeys)[number];

const split = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(',').filter((part) => part !== '') : [];

/** The scope a search string carries. */
export function scopeOf(search: Record<string, unknown>): Scope {
  return { project: split(search.project), env: split(search.env), clusters: split(search.clusters) };
}

export function isNarrowed(scope: Scope): boolean {
  return scopeKeys.some((key) => scope[key].length > 0);
}

/** Search parameters that carry a scope; `undefined` takes one out of the URL. */
export function searchOf(scope: Scope): Record<ScopeKey, string | undefined> {
  const text = (key: ScopeKey) => (scope[key].length === 0 ? undefined : scope[key].join(','));
  return { project: text('project'), env: text('env'), clusters: text('clusters') };
}

export const wholeFleet: Scope = { project: [], env: [], clusters: [] };

const storageKey = 'quarterdeck.scope';

/** The scope used last; it counts only where the portal is opened bare. */
export function lastScope(): Scope {
  try {
    return scopeOf(JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Record<string, unknown>);
  } catch {
    return wholeFleet;
  }
}

/** The scope in the URL, and how to change it: refining, so the history gets no entry. */
export function useScope(): { scope: Scope; narrowed: boolean; setScope: (change: Partial<Scope>) => void } {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const { project, env, clusters } = search;
  const scope = useMemo(() => scopeOf({ project, env, clusters }), [project, env, clusters]);
  const setScope = useCallback(
    (change: Partial<Scope>) => {
      const next = searchOf({ ...scope, ...change });
      localStorage.setItem(storageKey, JSON.stringify(next));
      void navigate({
        to: '.',
        replace: true,
        search: ((before: Record<string, unknown>) => ({ ...before, ...next })) as never,
      });
    },
    [navigate, scope],
  );
  return { scope, narrowed: isNarrowed(scope), setScope };
}
