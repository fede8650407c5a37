import { listGrants } from '@quarterdeck/contracts/access';
import { listApplications } from '@quarterdeck/contracts/applications';
import { listGroups, listIdentityProviders, listUsers } from '@quarterdeck/contracts/identity';
import { listReleases } from '@quarterdeck/contracts/releases';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../platform/api.ts';
import { useFleet } from '../platform/fleet.tsx';
import { useMe } from '../platform/me.tsx';
import { reached } from '../platform/milestones.ts';
import { type Facts, stepsOf, type Track, tracksFor } from './welcome-steps.ts';

/** Whether Home shows the steps, and of which track. */
type Preference = { closed: boolean; track?: Track };

const key = 'quarterdeck.welcome';

function stored(): Preference {
  try {
    return { closed: false, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preference>) };
  } catch {
    return { closed: false };
  }
}

export function prefer(change: Partial<Preference>): void {
  localStorage.setItem(key, JSON.stringify({ ...stored(), ...change }));
}

/** What the server knows about the steps of a track; operations only look, which it does not keep. */
const asked: Record<Track, (signal: AbortSignal) => Promise<Partial<Facts>>> = {
  async admin(signal) {
    const few = { query: { limit: 1 } };
    const [providers, users, groups, grants] = await Promise.all([
      api.call(listIdentityProviders, {}, { signal }),
      api.call(listUsers, few, { signal }),
      api.call(listGroups, few, { signal }),
      api.call(listGrants, { query: { limit: 200, scope: 'project,environment' as never } }, { signal }),
    ]);
    return {
      providers: providers.items.filter(({ enabled }) => enabled).length,
      people: users.total,
      groups: groups.total,
      members: grants.items.map(({ subject }) => subject),
    };
  },
  sre: async () => ({}),
  async developer(signal) {
    const [applications, releases] = await Promise.all([
      api.call(listApplications, { query: { limit: 1 } }, { signal }),
      api.call(listReleases, { query: { limit: 200 } }, { signal }),
    ]);
    return { application: applications.items[0] ?? null, releases: releases.items };
  },
};

/**
 * The first steps of who is signed in.
 * @param wanted the track of a page that shows them in any case; none (`''`) or an unknown one means the one chosen
 *   last, else the most fitting. Left out on Home, which does not ask once they are skipped.
 */
export function useWelcome(wanted?: string) {
  const me = useMe();
  const fleet = useFleet();
  const [preference, setPreference] = useState(stored);
  const [milestones] = useState(reached);
  const tracks = tracksFor(me?.permissionsSomewhere ?? []);
  const track = [wanted, preference.track, ...tracks].find((name): name is Track => tracks.some((one) => one === name));
  const query = useQuery({
    queryKey: ['welcome', track],
    enabled: track !== undefined && (wanted !== undefined || !preference.closed),
    queryFn: ({ signal }) => (track === undefined ? {} : asked[track](signal)),
  });
  const isKnown = query.isSuccess && fleet !== undefined;
  const steps =
    me === undefined || track === undefined
      ? []
      : stepsOf(track, { me: me.user, milestones, clusters: fleet?.length, ...query.data });
  const done = steps.filter((step) => step.done).length;
  return {
    tracks,
    track,
    steps,
    done,
    query,
    isKnown,
    isFinished: isKnown && done === steps.length,
    closed: preference.closed,
    setClosed(closed: boolean) {
      prefer({ closed, ...(track === undefined ? {} : { track }) });
      setPreference(stored());
    },
  };
}
