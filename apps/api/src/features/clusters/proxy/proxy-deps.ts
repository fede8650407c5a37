import type { Revocations } from '../../../platform/events/revocations.ts';
import type { StreamLimits } from '../../../platform/events/stream-limits.ts';
import type { Connections } from '../connections.ts';
import type { Admission } from './admit.ts';
import type { ProxyRecords } from './record.ts';
import type { ShellTimes } from './shell-limits.ts';
import type { WireTimes } from './wire.ts';

/** What the cluster proxy is built of. */
export type ProxyDeps = {
  admission: Admission;
  records: ProxyRecords;
  connections: Pick<Connections, 'for'>;
  revocations: Pick<Revocations, 'guard'>;
  limits: StreamLimits;
  /** Ends of what is open without an end of its own: called when the server stops. */
  open: Set<() => void>;
  /** How long a slow reader may take nothing, ms; a minute unless told. */
  stuckMs?: number;
  /** How long a shell of the portal stays; the design's own times unless told. */
  shellTimes?: ShellTimes;
  /** How long a cluster is waited for; the design's own times unless told. */
  wireTimes?: WireTimes;
};
