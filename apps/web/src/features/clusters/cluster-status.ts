import type { Cluster } from '@quarterdeck/contracts';
import type { Status } from '@quarterdeck/ui';

const states: Record<Cluster['state'], { status: Status; word: string }> = {
  connected: { status: 'healthy', word: 'Connected' },
  degraded: { status: 'degraded', word: 'Degraded' },
  unreachable: { status: 'failed', word: 'Unreachable' },
  credential_rejected: { status: 'failed', word: 'Credential rejected' },
  identity_changed: { status: 'failed', word: 'Another cluster answers' },
  pending: { status: 'waiting', word: 'Pending' },
  paused: { status: 'waiting', word: 'Paused' },
  removing: { status: 'updating', word: 'Removing' },
};

/** State as status and word. */
export function clusterStatus(cluster: Pick<Cluster, 'state'>): { status: Status; word: string } {
  return states[cluster.state];
}
