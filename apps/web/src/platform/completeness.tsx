import { CompletenessBar } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import { t } from './completeness.messages.ts';

type Bar = ComponentProps<typeof CompletenessBar>;
type Answer = NonNullable<Bar['clusters']>[number];

/** Which clusters answered, and for each that did not the way to where it is explained and mended. */
export function Completeness(props: Omit<Bar, 'way'>) {
  return <CompletenessBar {...props} way={(cluster) => <Way cluster={cluster} />} />;
}

/** What its own roles take away is mended by roles, and not by its health. */
function Way({ cluster }: { cluster: Answer }) {
  if (isHidden(cluster)) return null;
  return (
    <Link
      to="/clusters/$cluster/health"
      params={{ cluster: cluster.slug }}
      {...(isRefused(cluster) ? { hash: 'refused' } : {})}
    >
      {isRefused(cluster) ? t.mendRefusal : t.seeHealth}
    </Link>
  );
}

const isHidden = ({ state, sight }: Answer) => state === 'denied' && sight === 'none';

/** The cluster does not let the worker list it, whoever looks. */
export const isRefused = (cluster: Pick<Answer, 'state' | 'sight'>) =>
  cluster.state === 'denied' && cluster.sight !== 'none';
