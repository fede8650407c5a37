import { replayDelivery } from '@quarterdeck/contracts/pipelines/deliveries';
import { AgeText, CodeBlock, Drawer, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { CandidateChain } from './candidate-chain.tsx';
import { deliveryStatus } from './pipeline-status.ts';
import { t } from './pipelines.messages.ts';
import { deliveriesKey, deliveryQuery } from './pipelines.queries.ts';
import { Verdict } from './verdict.tsx';

/** One event: what it became, and its bytes, which can be processed again. */
export function DeliveryDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const queries = useQueryClient();
  const query = useQuery(deliveryQuery(id));
  const replay = useMutation({
    mutationFn: () => api.call(replayDelivery, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: deliveriesKey }),
  });
  const { data: delivery } = query;
  if (delivery === undefined) {
    return (
      <Drawer title={t.event} onClose={onClose}>
        {query.isError ? (
          <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton />
        )}
      </Drawer>
    );
  }
  return (
    <Drawer title={`${delivery.hook ?? t.ciCall} · ${delivery.event}`} onClose={onClose}>
      {delivery.candidates.length === 0 ? (
        <div>
          <Verdict shown={deliveryStatus(delivery)} />
        </div>
      ) : (
        <h3>{t.joinedInto}</h3>
      )}
      {delivery.candidates.map((candidate) => (
        <CandidateChain key={candidate.id} candidate={candidate} />
      ))}
      <dl className="facts">
        <dt>{t.received}</dt>
        <dd>
          <AgeText at={delivery.receivedAt} /> {delivery.times > 1 ? t.times(delivery.times) : null}
        </dd>
        <dt>{t.size}</dt>
        <dd>{t.bytes(delivery.bytes)}</dd>
        <dt>{t.attempts}</dt>
        <dd>{delivery.attempts}</dd>
        {delivery.replayable && delivery.hookId !== undefined ? (
          <>
            <dt>{t.source}</dt>
            <dd>
              <span className="badge warn" title={t.plainTokenWhy}>
                {t.plainToken}
              </span>
            </dd>
          </>
        ) : null}
      </dl>
      {delivery.hookId === undefined ? null : (
        <div className="stack">
          <div>
            <button
              type="button"
              className="button"
              disabled={replay.isPending || delivery.body === undefined}
              onClick={() => replay.mutate()}
            >
              {replay.isPending ? t.replaying : t.replay}
            </button>
          </div>
          <p className="muted">{t.replayHelp}</p>
          {replay.isError ? <ProblemAlert problem={problemOf(replay.error)} /> : null}
        </div>
      )}
      {Object.keys(delivery.headers).length === 0 ? null : (
        <details>
          <summary>{t.headers}</summary>
          <CodeBlock
            code={Object.entries(delivery.headers)
              .map(([name, value]) => `${name}: ${value}`)
              .join('\n')}
          />
        </details>
      )}
      <h3>{t.body}</h3>
      {delivery.body === undefined ? (
        <p className="muted">{t.bodyGone}</p>
      ) : (
        <>
          {delivery.bodyIsCut ? <p className="muted">{t.bodyCut}</p> : null}
          <CodeBlock code={pretty(delivery.body)} />
        </>
      )}
    </Drawer>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
