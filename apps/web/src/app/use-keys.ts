import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { type Chords, chordOf } from './chords.ts';
import { navigation } from './navigation.ts';

const storageKey = 'quarterdeck.letter-keys';

/** Letter keys can be turned off by whoever speaks to the machine or types by accident. */
export const letterKeys = {
  on: () => localStorage.getItem(storageKey) !== 'off',
  set: (on: boolean) => localStorage.setItem(storageKey, on ? 'on' : 'off'),
};

export type KeyActions = { palette: () => void; keyMap: () => void; copyLink: () => void };

const targets: Chords = Object.fromEntries(
  navigation.flatMap((group) => group.items.map(({ key, to }) => [key, to] as const)),
);

/** The keys that hold on every page; letters rest in fields and dialogs. */
export function useKeys(actions: KeyActions): void {
  const navigate = useNavigate();
  const current = useRef(actions);
  current.current = actions;
  useEffect(() => {
    let waiting = false;
    function onKey(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        current.current.palette();
        return;
      }
      if (event.ctrlKey && event.key === 'F6') {
        event.preventDefault();
        nextRegion();
        return;
      }
      const inField =
        event.target instanceof HTMLElement &&
        event.target.closest('input:not([type=checkbox]), textarea, select, [role=dialog], [contenteditable]') !== null;
      if (inField || event.ctrlKey || event.metaKey || event.altKey || !letterKeys.on()) return;
      const { to, waits } = chordOf(event.key, waiting, targets);
      const wasWaiting = waiting;
      waiting = waits;
      if (to !== undefined) {
        event.preventDefault();
        void navigate({ to });
        return;
      }
      if (wasWaiting) return;
      if (event.key === '?') current.current.keyMap();
      else if (event.key === 'y') current.current.copyLink();
      else if (event.key === '.') document.querySelector<HTMLElement>('.chosen button')?.focus();
      else if (event.key === 'S') document.querySelector<HTMLElement>('.scope-bar button')?.click();
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]');
        if (filter === null) return;
        event.preventDefault();
        filter.focus();
        filter.select();
      }
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}

/** Top, menu, page, and what lies beside it: round and round. */
function nextRegion(): void {
  const regions = [...document.querySelectorAll<HTMLElement>('header.topbar, nav.rail, main.page, aside.drawer')];
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + 1) % regions.length];
  const first = next?.querySelector<HTMLElement>('a[href], button, input, select, textarea, [tabindex="0"]');
  (first ?? next)?.focus();
}
