import type { Release } from '@quarterdeck/contracts';
import { useNavigate } from '@tanstack/react-router';
import { releasePath } from './release-status.ts';
import { startTask } from './tasks.ts';

/**
 * Goes to a release that was just made, and keeps it in the task tray until it ends.
 * @returns what to call with it; `title` is what the tray calls it unless its name does
 */
export function useFollowRelease(): (release: Release, title?: string) => void {
  const navigate = useNavigate();
  return (release, title = `${release.application} ${release.environment} #${release.number}`) => {
    const to = releasePath(release);
    startTask({ id: release.id, title, to });
    void navigate({ to });
  };
}
