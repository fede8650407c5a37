import { listDrift } from '@quarterdeck/contracts/release-drift';
import { AgeText, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../platform/api.ts';
import { t } from './drift.messages.ts';

/**
 * Says of an object, or of its copies in all clusters, that it is not as a release put it, and leads to the comparison.
 * Nothing where nothing differs, or nothing may be told.
 */
export function ObjectDrift(props: { cluster?: string; namespace: string; plural: string; name: string }) {
  const { cluster, namespace, plural, name } = props;
  const query = useQuery({
    queryKey: ['releases', 'drift-of', cluster, namespace, plural, name],
    queryFn: ({ signal }) => api.call(listDrift, { query: { cluster, namespace, name } }, { signal }),
    refetchInterval: 10_000,
    retry: false,
  });
  const mine = (query.data?.items ?? []).filter(({ kind }) => isOf(kind, plural));
  return mine.map((item) => (
    <div key={item.targetId} className="notice degraded">
      <div className="stack tight grow">
        <div className="spread">
          <StatusDot status="degraded">
            <strong>{t.objectDiffers(t.kinds[item.drift], item.release?.number)}</strong>
          </StatusDot>
          <span className="row">
            <span className="badge">{item.cluster}</span>
            <AgeText at={item.since} />
          </span>
        </div>
        {item.fields.slice(0, 5).map((field) => (
          <p key={field.path}>
            <code className="breakable">{field.path}</code>{' '}
            <span className="muted">{field.manager === undefined ? t.takenAway : t.by(field.manager)}</span>
          </p>
        ))}
        <p>
          <Link
            to="/applications/$project/$app/drift"
            params={{ project: item.project, app: item.application }}
            search={{ environment: item.environment } as never}
          >
            {t.see}
          </Link>
        </p>
      </div>
    </div>
  ));
}

/** Deployment and `deployments`, Ingress and `ingresses`, NetworkPolicy and `networkpolicies`. */
function isOf(kind: string, plural: string): boolean {
  return plural.startsWith(kind.toLowerCase().replace(/y$/, ''));
}
