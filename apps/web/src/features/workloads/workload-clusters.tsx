import type { ClusterAnswer, InventoryObject } from '@quarterdeck/contracts';
import { AgeText, PodMatrix, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { objectPath } from '../../platform/object-path.ts';
import { t } from './workloads.messages.ts';

type Copy = { copy: InventoryObject; pods: readonly InventoryObject[] };

/** A line per cluster: its pods, revision and image; a cluster that is cut off shows what was last seen. */
export function WorkloadClusters(props: {
  copies: readonly Copy[];
  answers: readonly ClusterAnswer[];
  onLogs: (pod: InventoryObject) => void;
}) {
  return (
    <section className="panel stack" aria-label={t.perCluster}>
      <h2>{t.perCluster}</h2>
      <ul className="plain-list cluster-lines">
        {props.copies.map(({ copy, pods }) => {
          const answer = props.answers.find((candidate) => candidate.slug === copy.cluster);
          const stale = answer !== undefined && answer.state !== 'live' && answer.state !== 'syncing';
          const images = (copy.facts.images ?? []) as string[];
          return (
            <li key={copy.cluster}>
              <Link to={objectPath(copy)}>
                <strong>{copy.cluster}</strong>
              </Link>
              <StatusDot status={stale ? 'stale' : copy.health}>{copy.statusText}</StatusDot>
              <div className="grow">
                {pods.length === 0 ? <span className="muted">{t.noPods}</span> : null}
                <PodMatrix
                  pods={pods.map((pod) => ({
                    key: pod.id,
                    status: stale ? 'stale' : pod.health,
                    label: t.showLogs(pod.name, pod.statusText),
                  }))}
                  onOpen={(id) => {
                    const pod = pods.find((candidate) => candidate.id === id);
                    if (pod !== undefined) props.onLogs(pod);
                  }}
                />
              </div>
              <span className="muted">
                {typeof copy.facts.revision === 'string' ? t.revision(copy.facts.revision) : ''}
              </span>
              <code className="clip" title={images.join(', ')}>
                {images.map((image) => image.slice(image.lastIndexOf('/') + 1)).join(', ')}
              </code>
              {stale ? <AgeText at={answer.asOf} /> : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
