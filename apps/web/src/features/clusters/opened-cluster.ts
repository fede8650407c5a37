import type { ClientOutput } from '@quarterdeck/contracts';
import type { getCluster } from '@quarterdeck/contracts/clusters';
import { createContext, useContext } from 'react';

export type ClusterDetail = ClientOutput<typeof getCluster>;

export const Opened = createContext<{ cluster: ClusterDetail; onChanged: () => void } | undefined>(undefined);

/** The cluster whose page is open, and what to call after it was changed. */
export function useOpenedCluster(): { cluster: ClusterDetail; onChanged: () => void } {
  const opened = useContext(Opened);
  if (opened === undefined) throw new Error('this part stands outside of the page of a cluster');
  return opened;
}
