import type { ClusterClient } from '../transport/cluster-client.ts';
import { compareManifest } from './compare-manifest.ts';
import { deleteCommand, superfluousObjects } from './manifest.ts';
import type { InventoryKind, ManifestObject } from './manifest-types.ts';
import { boundedSinceMinor, type OnboardingProfile } from './profile.ts';
import type { Check } from './report.ts';

const title = 'Profile';

/** What a profile means for the cluster, and whether this cluster knows what it needs. Dials nothing. */
export function checkProfile({ people, bindings }: OnboardingProfile, version: string | undefined): Check {
  if (people === 'named') {
    return {
      id: 'profile',
      level: 'warn',
      code: 'equals_cluster_admin',
      title,
      detail:
        'People go by their own names, so our account may speak for any user, system:kube-controller-manager too: whoever holds its token holds the cluster. This equals cluster-admin.',
      remedy: {
        text: 'Take the profile groups-only, unless roles of this cluster name people: who it was stands in its audit log there, too.',
      },
    };
  }
  const minor = Number(/^v1\.(\d+)/.exec(version ?? '')?.[1] ?? 0);
  if (people === 'bounded' && minor < boundedSinceMinor) {
    return {
      id: 'profile',
      level: 'block',
      code: 'profile_unsupported',
      title,
      detail: `The profile bounded needs Kubernetes 1.${boundedSinceMinor}; this cluster says ${version ?? 'nothing of its version'}. An older one knows no impersonation for some requests alone.`,
      remedy: { text: 'Take the profile groups-only, and bounded once the cluster is upgraded.' },
    };
  }
  const who =
    people === 'bounded'
      ? 'Our account may speak for listed names, and only for what our roles do.'
      : 'Our account may speak for listed names.';
  const where =
    bindings === 'strict'
      ? 'No group of ours reaches the whole cluster; an owner of it applies the bindings of each project.'
      : 'The worker makes the namespaces of projects and binds our roles in them.';
  return { id: 'profile', level: 'ok', title, detail: `${who} ${where}` };
}

/** Objects that another profile left behind: they give rights that this one promises not to have. */
export async function leftoversOf(
  client: ClusterClient,
  kinds: readonly InventoryKind[],
  profile: OnboardingProfile,
): Promise<ManifestObject[]> {
  const objects = superfluousObjects({ kinds, profile });
  const found = await compareManifest(client, objects);
  return objects.filter((_, index) => ['change', 'unchanged'].includes(found[index]?.change ?? ''));
}

export async function checkLeftovers(
  client: ClusterClient,
  kinds: readonly InventoryKind[],
  profile: OnboardingProfile,
): Promise<Check[]> {
  const left = await leftoversOf(client, kinds, profile);
  if (left.length === 0) return [];
  return [
    {
      id: 'profile',
      level: 'warn',
      code: 'profile_leftovers',
      title,
      detail: `Another profile left ${left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')}: with them Quarterdeck may do more here than this profile says.`,
      remedy: { text: 'Delete them with kubectl.', command: deleteCommand(left) },
    },
  ];
}
