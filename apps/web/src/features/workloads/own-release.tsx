import type { InventoryObject } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../platform/api.ts';
import { t } from './workloads.messages.ts';

/** The application and the release a workload came with, where it came with one of ours. */
export function OwnRelease({ copies }: { copies: readonly InventoryObject[] }) {
  const slug = copies.map(({ labels }) => labels['app.kubernetes.io/name']).find((name) => name !== undefined);
  const environment = copies
    .map(({ labels }) => labels['quarterdeck.dev/environment'])
    .find((name) => name !== undefined);
  const found = useQuery({
    queryKey: ['applications', 'of-workload', slug],
    enabled: slug !== undefined && environment !== undefined,
    queryFn: ({ signal }) => api.call(listApplications, { query: { slug: slug as never, limit: 50 } }, { signal }),
    staleTime: 10_000,
  });
  const mine = (found.data?.items ?? [])
    .map((application) => ({
      application,
      targets: (application.environments.find(({ name }) => name === environment)?.targets ?? []).filter((target) =>
        copies.some((copy) => copy.cluster === target.cluster && copy.namespace === target.namespace),
      ),
    }))
    .find(({ targets }) => targets.length > 0);
  if (mine === undefined || environment === undefined) return null;
  const { project, slug: app } = mine.application;
  const number = Math.max(0, ...mine.targets.map((target) => target.currentReleaseNumber ?? 0));
  return (
    <>
      <Link to="/applications/$project/$app" params={{ project, app }} className="button">
        {t.application}
      </Link>
      {number === 0 ? null : (
        <Link
          to="/applications/$project/$app/$env/releases/$number"
          params={{ project, app, env: environment, number: String(number) }}
          className="button primary"
        >
          {t.release(number)}
        </Link>
      )}
    </>
  );
}
