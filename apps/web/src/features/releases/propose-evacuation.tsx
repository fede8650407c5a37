import { createEvacuation, listEvacuations } from '@quarterdeck/contracts/evacuations';
import { ActionButton, AgeText, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './evacuation.messages.ts';

/** States of clusters that work goes to: others are lost, for now at least. */
const answers = new Set(['connected', 'degraded', 'pending', 'removing']);

/** On the page of a cluster that does not answer: drafts where its applications could go. Nothing while it answers. */
export function ProposeEvacuation({ cluster: slug }: { cluster: string }) {
  const cluster = useFleet()?.find((candidate) => candidate.slug === slug);
  const isLost = cluster !== undefined && !answers.has(cluster.state);
  const refusal = useRefusal('releases:evacuate');
  const navigate = useNavigate();
  const drafts = useQuery({
    queryKey: ['releases', 'evacuations', cluster?.id],
    enabled: isLost && refusal === undefined,
    queryFn: ({ signal }) => api.call(listEvacuations, { query: { cluster: cluster?.id } }, { signal }),
  });
  const draft = useMutation({
    mutationFn: () => api.call(createEvacuation, { body: { clusterId: cluster?.id ?? '' } }),
    onSuccess: ({ id }) => navigate({ to: '/evacuations/$id', params: { id } }),
  });
  if (!isLost) return null;
  const last = drafts.data?.items[0];
  return (
    <div className="notice degraded">
      <div className="stack tight grow">
        <div className="spread">
          <StatusDot status="stale">
            <strong>{t.unreachable(slug)}</strong>
          </StatusDot>
          <span className="row">
            {last === undefined ? null : (
              <Link to="/evacuations/$id" params={{ id: last.id }}>
                {t.last} <AgeText at={last.createdAt} />
              </Link>
            )}
            <ActionButton reason={refusal} pending={draft.isPending} onClick={() => draft.mutate()}>
              {t.propose}
            </ActionButton>
          </span>
        </div>
        <p className="muted">{t.proposeHint}</p>
        {draft.isError ? <ProblemAlert problem={problemOf(draft.error)} /> : null}
      </div>
    </div>
  );
}
